// SPDX-License-Identifier: GPL-2.0-only
/* base64: the test vectors of RFC 4648, section 10, and what is none. */
#include "tree.h"

#include "util/base64.h"
#include "util/util.h"

/* Vector i stands for the first i letters of "foobar". */
static void test_vectors(void **state)
{
	static const char *const vectors[] = { "",	   "Zg==",     "Zm8=",	  "Zm9v",
					       "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy" };

	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
		char *text = base64_encode("foobar", i);
		unsigned char *data = NULL;
		size_t len = 99;

		assert_string_equal(text, vectors[i]);
		assert_int_equal(base64_decode(text, &data, &len), 0);
		assert_int_equal(len, i);
		assert_memory_equal(data, "foobar", len);
		free(data);
		free(text);
	}
}

static void test_all_bytes(void **state)
{
	unsigned char bytes[256], *back = NULL;
	size_t len = 0;
	char *text;

	for (int i = 0; i < 256; i++)
		bytes[i] = 255 - i;
	text = base64_encode(bytes, sizeof(bytes));
	assert_non_null(strchr(text, '/'));
	assert_non_null(strchr(text, '+'));
	assert_int_equal(base64_decode(text, &back, &len), 0);
	assert_int_equal(len, sizeof(bytes));
	assert_memory_equal(back, bytes, len);
	free(back);
	free(text);
}

static void test_bad(void **state)
{
	static const char *const bad[] = { "Z",	   "Zg",       "Zg=",	       "Zg=a", "Zh==",
					   "Zm9=", "Zm9v\nZg", "Zm9vZg==Zg==", "====", "=m9v",
					   "Zm 8", "Zm-_",     "Z===" };
	unsigned char *data = NULL;
	size_t len = 3;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		if (base64_decode(bad[i], &data, &len) != -EBADMSG)
			fail_msg("'%s' is taken", bad[i]);
		assert_null(data);
		assert_int_equal(len, 3);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_all_bytes),
		cmocka_unit_test(test_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
