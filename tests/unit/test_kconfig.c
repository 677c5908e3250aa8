// SPDX-License-Identifier: GPL-2.0-only
/* Where the kernel's configuration is, and what is none. */
#include "tree.h"

#include <zlib.h>

#include "host/kconfig.h"
#include "util/util.h"

#define TEXT "#\n# Linux/arm64 6.12.9 Kernel Configuration\n#\nCONFIG_KFENCE=y\n"

/* What gzip -n makes of @text */
static size_t pack(const char *text, unsigned char *buf, size_t len)
{
	z_stream z = { .next_in = (Bytef *)text,
		       .avail_in = strlen(text),
		       .next_out = buf,
		       .avail_out = len };

	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, 0), Z_OK);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	deflateEnd(&z);
	return z.total_out;
}

static void tree_config_gz(const char *root, const char *text)
{
	unsigned char packed[512];

	tree_bytes(root, "/proc/config.gz", packed, pack(text, packed, sizeof(packed)));
}

static void test_places(void **state)
{
	static const char *const places[] = {
		"/boot/config-6.12.9",
		"/usr/lib/modules/6.12.9/config",
		"/lib/modules/6.12.9/config",
		"/usr/lib/ostree-boot/config-6.12.9",
		"/usr/lib/kernel/config-6.12.9",
		"/usr/src/linux-headers-6.12.9/.config",
		"/lib/modules/6.12.9/build/.config",
		"/usr/lib/modules/6.12.9/build/.config",
	};

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		char *root = tree_new(), *text = NULL;

		assert_int_equal(kconfig_read(root, "6.12.9", &text), -ENOENT);
		tree_file(root, places[i], TEXT);
		if (kconfig_read(root, "6.12.9", &text))
			fail_msg("%s is not read", places[i]);
		assert_string_equal(text, TEXT);
		free(text);
		/* of another kernel */
		assert_int_equal(kconfig_read(root, "6.12.8", &text), -ENOENT);
		tree_free(root);
	}
}

static void expect_config(const char *root, const char *line)
{
	char *text = NULL;

	assert_int_equal(kconfig_read(root, "R", &text), 0);
	if (!kconfig_has(text, line))
		fail_msg("no line %s in: %s", line, text);
	free(text);
}

/* The kernel's own word first; what is no configuration is passed over. */
static void test_order(void **state)
{
	char *root = tree_new(), *text = NULL;

	tree_file(root, "/lib/modules/R/config", "CONFIG_A=1\n");
	expect_config(root, "CONFIG_A=1");
	tree_file(root, "/boot/config-R", "");
	expect_config(root, "CONFIG_A=1");
	tree_file(root, "/boot/config-R", "# nothing set\n");
	expect_config(root, "CONFIG_A=1");
	tree_file(root, "/boot/config-R", "CONFIG_A=2\n");
	expect_config(root, "CONFIG_A=2");
	tree_file(root, "/proc/config.gz", "CONFIG_A=3\n");
	expect_config(root, "CONFIG_A=2");
	tree_config_gz(root, "CONFIG_A=3\n");
	expect_config(root, "CONFIG_A=3");
	tree_free(root);

	root = tree_new();
	tree_file(root, "/proc/config.gz", "not packed");
	assert_int_equal(kconfig_read(root, "R", &text), -EBADMSG);
	assert_null(text);
	tree_free(root);
}

static void test_lines(void **state)
{
	static const char text[] =
		"# CONFIG_B is not set\nCONFIG_A=y\nCONFIG_N=0x64\nXCONFIG_C=y";

	assert_true(kconfig_has(text, "CONFIG_A=y"));
	assert_true(kconfig_has(text, "# CONFIG_B is not set"));
	assert_true(kconfig_has(text, "XCONFIG_C=y"));
	assert_false(kconfig_has(text, "CONFIG_N=0"));
	assert_false(kconfig_has(text, "CONFIG_C=y"));
	assert_false(kconfig_has(text, "CONFIG_B"));
	assert_false(kconfig_has("", "CONFIG_A=y"));
}

static void test_gunzip(void **state)
{
	unsigned char packed[512];
	size_t n = pack(TEXT, packed, sizeof(packed));
	char *text = NULL;

	assert_int_equal(kconfig_gunzip(packed, n, &text), 0);
	assert_string_equal(text, TEXT);
	free(text);
	text = NULL;
	for (size_t i = 0; i < n; i++)
		assert_int_equal(kconfig_gunzip(packed, i, &text), -EBADMSG);
	/* the checksum */
	packed[n - 8] ^= 1;
	assert_int_equal(kconfig_gunzip(packed, n, &text), -EBADMSG);
	assert_int_equal(kconfig_gunzip("", 0, &text), -EBADMSG);
	assert_null(text);
}

/* 32 MiB in 32 KiB */
static void test_too_large(void **state)
{
	static unsigned char packed[65536];
	char *large = malloc((32 << 20) + 1), *text = NULL;
	size_t n;

	assert_non_null(large);
	memset(large, 'a', 32 << 20);
	large[32 << 20] = '\0';
	n = pack(large, packed, sizeof(packed));
	assert_int_equal(kconfig_gunzip(packed, n, &text), -EFBIG);
	assert_null(text);
	free(large);
}

static void test_why(void **state)
{
	char buf[192];

	assert_non_null(strstr(kconfig_why(-ENOENT, buf, sizeof(buf)), "was not found"));
	assert_non_null(strstr(kconfig_why(-EACCES, buf, sizeof(buf)), "may not be read"));
	assert_non_null(strstr(kconfig_why(-EBADMSG, buf, sizeof(buf)), "cannot be read"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places),	  cmocka_unit_test(test_order),
		cmocka_unit_test(test_lines),	  cmocka_unit_test(test_gunzip),
		cmocka_unit_test(test_too_large), cmocka_unit_test(test_why),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
