// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <string.h>

#include "text.h"
#include "util/util.h"

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

/* Bytes of the control character at @p: C0 and DEL, in UTF-8 C1 is 0xc2 and a byte below 0xa0.
 */
static size_t control_length(const char *p)
{
	unsigned char c = p[0], next = c == 0xc2 ? p[1] : 0;

	if (next >= 0x80 && next < 0xa0)
		return 2;
	return c < ' ' || c == 0x7f;
}

char *text_clean(char *text)
{
	for (char *p = text; *p; p++) {
		size_t n = control_length(p);

		if (n)
			memset(p, '?', n);
	}
	return text;
}

/* The first @len bytes of @text, in which no character is cut, as text_clean() would have
 * them. */
static void put_clean(FILE *out, const char *text, size_t len)
{
	while (len) {
		size_t n = control_length(text), step = MAX(n, 1);

		fwrite(n ? "??" : text, 1, step, out);
		text += step;
		len -= step;
	}
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

		if (!first && column + 1 + (int)word > TEXT_WIDTH) {
			fprintf(out, "\n%*s", indent, "");
			column = indent;
		} else if (!first) {
			fputc(' ', out);
			column++;
		}
		put_clean(out, text, word);
		column += word;
		text += word;
		text += strspn(text, " ");
		first = false;
	}
	fputc('\n', out);
}

void text_item(FILE *out, const char *first, int indent, const char *text)
{
	put_clean(out, first, strlen(first));
	text_wrap(out, strlen(first), indent, text);
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
