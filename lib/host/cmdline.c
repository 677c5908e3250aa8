// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include "host/cmdline.h"

/* isspace() of the kernel (lib/ctype.c) knows the no-break space of Latin-1, too. */
static bool cmdline_blank(char c)
{
	return c && strchr(" \t\n\v\f\r\xa0", c);
}

/* The word that begins at @p is @n bytes long, its first '=' is at @equals (0: it has none).
 */
static size_t word_len(const char *p, bool in_quotes, size_t *equals)
{
	size_t n = 0;

	*equals = 0;
	for (; p[n] && (in_quotes || !cmdline_blank(p[n])); n++) {
		/* the newline that ends the file, within quotes that nothing closes */
		if (p[n] == '\n' && !p[n + 1])
			break;
		if (p[n] == '=' && !*equals)
			*equals = n;
		in_quotes ^= p[n] == '"';
	}
	return n;
}

static bool is_end_mark(const struct cmdline_word *w)
{
	return !w->value && w->name_len == 2 && !memcmp(w->name, "--", 2);
}

bool cmdline_next(const char **p, struct cmdline_word *ret)
{
	const char *word = *p, *end;
	struct cmdline_word w = { 0 };
	bool quoted;
	size_t equals;

	while (cmdline_blank(*word))
		word++;
	if (!*word)
		return false;
	quoted = *word == '"';
	word += quoted;
	end = word + word_len(word, quoted, &equals);
	*p = end;
	w.name = word;
	if (equals && word[equals + 1] == '"') {
		w.value = word + equals + 2;
		quoted = true;
	} else if (equals) {
		w.value = word + equals + 1;
	}
	if (quoted && end > (w.value ? w.value : word) && end[-1] == '"')
		end--;
	w.name_len = equals ? equals : (size_t)(end - word);
	w.value_len = w.value ? (size_t)(end - w.value) : 0;
	*ret = w;
	return !is_end_mark(&w);
}

static bool cmdline_same(const struct cmdline_word *w, const char *name)
{
	for (size_t i = 0; i < w->name_len; i++) {
		char c = w->name[i] == '-' ? '_' : w->name[i];

		if (c != (name[i] == '-' ? '_' : name[i]))
			return false;
	}
	return !name[w->name_len];
}

bool cmdline_find(const char **p, const char *name, struct cmdline_word *ret)
{
	struct cmdline_word w;

	while (cmdline_next(p, &w)) {
		if (!cmdline_same(&w, name))
			continue;
		*ret = w;
		return true;
	}
	return false;
}

bool cmdline_says(const struct cmdline_word *w, const char *value)
{
	return w->value && w->value_len == strlen(value) &&
	       !memcmp(w->value, value, w->value_len);
}

int cmdline_value(const char *cmdline, const char *name, char *buf, size_t len)
{
	struct cmdline_word w;
	int r = -ENOENT;

	while (cmdline_find(&cmdline, name, &w)) {
		if (!w.value)
			continue;
		r = w.value_len < len ? 0 : -ENOSPC;
		if (r)
			continue;
		memcpy(buf, w.value, w.value_len);
		buf[w.value_len] = '\0';
	}
	return r;
}
