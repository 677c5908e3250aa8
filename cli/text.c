// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <string.h>
#include <wchar.h>

#include "text.h"
#include "util/utf8.h"
#include "util/util.h"

static int line_columns = TEXT_WIDTH;

int text_columns(void)
{
	return line_columns;
}

void text_set_columns(int columns)
{
	line_columns = MAX(40, MIN(columns, 200));
}

/* Three significant digits and a unit. */
static const char *text_scaled(double n, double base, const char *units, char *buf)
{
	while (n >= base - 0.5 && units[1]) {
		n /= base;
		units++;
	}
	if (*units == ' ' && n == (uint64_t)n)
		snprintf(buf, TEXT_LEN, "%.0f", n);
	else if (n < 9.995)
		snprintf(buf, TEXT_LEN, "%.2f%.*s", n, *units != ' ', units);
	else if (n < 99.95)
		snprintf(buf, TEXT_LEN, "%.1f%.*s", n, *units != ' ', units);
	else
		snprintf(buf, TEXT_LEN, "%.0f%.*s", n, *units != ' ', units);
	return buf;
}

const char *text_si(double n, char *buf)
{
	return text_scaled(n, 1000, " kMGTPE", buf);
}

const char *text_bytes(uint64_t bytes, char *buf)
{
	return text_scaled(bytes, 1024, " KMGTPE", buf);
}

const char *text_time(uint64_t ns, char *buf)
{
	static const char *const unit[] = { "ns", "us", "ms", "s" };
	double t = ns;
	size_t i = 0;

	while (t >= 999.5 && i + 1 < ARRAY_SIZE(unit)) {
		t /= 1000;
		i++;
	}
	snprintf(buf, TEXT_LEN, "%.*f %s",
		 !i || t >= 99.95 ? 0
		 : t < 9.995	  ? 2
				  : 1,
		 t, unit[i]);
	return buf;
}

const char *text_percent(uint64_t part, uint64_t whole, char *buf)
{
	if (!whole)
		return strcpy(buf, TEXT_UNKNOWN);
	snprintf(buf, TEXT_LEN, "%.1f%%", 100.0 * part / whole);
	return buf;
}

const char *text_rate(const struct value *v, uint64_t interval_ns, char *buf)
{
	if (!v->known || !interval_ns)
		return strcpy(buf, TEXT_UNKNOWN);
	return text_si(v->n * 1e9 / interval_ns, buf);
}

const char *text_value(const struct value *v, enum value_unit unit, char *buf)
{
	if (!v->known)
		return strcpy(buf, TEXT_UNKNOWN);
	return unit == UNIT_BYTES ? text_bytes(v->n, buf) : text_si(v->n, buf);
}

/* Whether the character of @len bytes at @c (0: a byte that is none) may be shown. */
static bool may_show(const char *c, size_t len)
{
	return len && !utf8_steers(utf8_code(c, len));
}

/* The @len bytes of @text, cleaned, to @to, which may be @text.  Returns how many there are.
 */
static size_t clean_into(char *to, const char *text, size_t len)
{
	const char *end = text + len;
	char *p = to;

	while (text < end) {
		size_t n = utf8_length(text);

		if (!may_show(text, n)) {
			*p++ = '?';
		} else {
			memmove(p, text, n);
			p += n;
		}
		text += MAX(n, 1);
	}
	return p - to;
}

char *text_clean(char *text)
{
	text[clean_into(text, text, strlen(text))] = '\0';
	return text;
}

/* The first @len bytes of @text, in which no character is cut, as text_clean() would have
 * them. */
static void put_clean(FILE *out, const char *text, size_t len)
{
	while (len) {
		size_t n = utf8_length(text), step = MAX(n, 1);

		if (may_show(text, n))
			fwrite(text, 1, n, out);
		else
			fputc('?', out);
		text += step;
		len -= step;
	}
}

/* Columns of the character at @c, 0 for one that combines with the one before it.  Those that
 * the C library does not know take one. */
static int columns_of(const char *c, size_t len)
{
	int n = may_show(c, len) ? wcwidth((wchar_t)utf8_code(c, len)) : 1;

	return n < 0 ? 1 : n;
}

static int width_of(const char *text, size_t len)
{
	const char *end = text + len;
	int width = 0;

	while (text < end) {
		size_t n = utf8_length(text);

		width += columns_of(text, n);
		text += MAX(n, 1);
	}
	return width;
}

int text_width(const char *text)
{
	return width_of(text, strlen(text));
}

/* Where the first character of @text stands that reaches beyond column @width. */
static const char *at_column(const char *text, int width)
{
	while (*text) {
		size_t n = utf8_length(text);

		width -= columns_of(text, n);
		if (width < 0)
			break;
		text += MAX(n, 1);
	}
	return text;
}

const char *text_cut(const char *text, int width, char *buf, size_t len)
{
	bool fits = text_width(text) <= width;
	int head = fits ? (int)strlen(text) : (int)(at_column(text, width - 3) - text);

	snprintf(buf, len, "%.*s%s", head, text, fits ? "" : "...");
	return buf;
}

const char *text_cut_list(const char *text, int width, char *buf, size_t len)
{
	const char *end = at_column(text, width - 4);

	if (text_width(text) <= width)
		return text_cut(text, width, buf, len);
	while (end > text && (*end != ' ' || !strchr(",;", end[-1])))
		end--;
	if (end == text)
		return text_cut(text, width, buf, len);
	snprintf(buf, len, "%.*s ...", (int)(end - text), text);
	return buf;
}

const char *text_fit(const char *text, int width, char *buf, size_t len)
{
	int total = text_width(text), room = MAX(width - 3, 0), head = room / 3, cut;
	const char *tail;

	if (total <= width) {
		snprintf(buf, len, "%s", text);
		return text_clean(buf);
	}
	/* from the start of the character that holds the first column of the tail */
	cut = total - (room - head);
	tail = at_column(text, cut);
	if (width_of(text, tail - text) < cut)
		tail += MAX(utf8_length(tail), 1);
	snprintf(buf, len, "%.*s%.*s%s", (int)(at_column(text, head) - text), text,
		 MIN(width, 3), "...", tail);
	return text_clean(buf);
}

void text_heading(FILE *out, bool color, const char *title)
{
	fputs(color ? "\n\033[1m" : "\n", out);
	put_clean(out, title, strlen(title));
	fputs(color ? "\033[0m\n" : "\n", out);
}

void text_wrap(FILE *out, int column, int indent, const char *text)
{
	bool first = true;

	while (*text) {
		size_t word = strcspn(text, " ");

		int columns = width_of(text, word);

		if (!first && column + 1 + columns > text_columns()) {
			fprintf(out, "\n%*s", indent, "");
			column = indent;
		} else if (!first) {
			fputc(' ', out);
			column++;
		}
		put_clean(out, text, word);
		column += columns;
		text += word;
		text += strspn(text, " ");
		first = false;
	}
	fputc('\n', out);
}

void text_item(FILE *out, const char *first, int indent, const char *text)
{
	put_clean(out, first, strlen(first));
	text_wrap(out, text_width(first), indent, text);
}

void text_line(FILE *out, const char *fmt, ...)
{
	char line[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	text_item(out, "  ", 4, line);
}

/* Largest first gives up characters so that each non-empty segment gets one. */
static void share_out(const struct text_segment *s, size_t n, int width, int *cells)
{
	uint64_t total = 0;
	int used = 0;
	size_t widest = 0;

	for (size_t i = 0; i < n; i++)
		total += s[i].n;
	for (size_t i = 0; i < n; i++) {
		cells[i] = total ? (int)((double)s[i].n / total * width) : 0;
		if (s[i].n && !cells[i])
			cells[i] = 1;
		if (cells[i] > cells[widest])
			widest = i;
		used += cells[i];
	}
	if (n && total)
		cells[widest] += width - used;
}

void text_bar(FILE *out, bool color, const struct text_segment *segments, size_t n, int width)
{
	int cells[16];

	n = MIN(n, ARRAY_SIZE(cells));
	share_out(segments, n, width, cells);
	fputc('[', out);
	for (size_t i = 0; i < n; i++) {
		if (color && cells[i])
			fprintf(out, "\033[3%dm", segments[i].color);
		for (int k = 0; k < cells[i]; k++)
			fputc(segments[i].mark, out);
		if (color && cells[i])
			fputs("\033[0m", out);
	}
	fputc(']', out);
}
