// SPDX-License-Identifier: GPL-2.0-only
#include "tree.h"

#include "host/buddyinfo.h"

static void test_zones_and_nodes_add_up(void **state)
{
	static const char text[] = "Node 0, zone      DMA      0      0      1      3 \n"
				   "Node 0, zone   Normal   2065   3028    100     20 \n"
				   "Node 1, zone   Normal      5      6      7 4294967296 \n";
	struct buddyinfo b;

	assert_int_equal(buddyinfo_parse(text, &b), 0);
	assert_int_equal(b.orders, 4);
	assert_int_equal(b.free[0], 2070);
	assert_int_equal(b.free[1], 3034);
	assert_int_equal(b.free[2], 108);
	assert_int_equal(b.free[3], 4294967319);
}

static void test_most_orders(void **state)
{
	char text[512] = "Node 0, zone N";
	struct buddyinfo b;

	for (int i = 0; i < BUDDYINFO_ORDERS; i++)
		strcat(text, " 1");
	assert_int_equal(buddyinfo_parse(text, &b), 0);
	assert_int_equal(b.orders, BUDDYINFO_ORDERS);
	assert_int_equal(b.free[BUDDYINFO_ORDERS - 1], 1);
	strcat(text, " 1");
	b.orders = 77;
	assert_int_equal(buddyinfo_parse(text, &b), -EBADMSG);
	assert_int_equal(b.orders, 77);
}

static void test_garbage(void **state)
{
	static const char *const text[] = {
		"",
		"\n",
		"Node 0, zone DMA\n",
		"Node 0, zone      1 2\nNode 0",
		"Node x, zone DMA 1 2\n",
		"Node 0 zone DMA 1 2\n",
		"Node 0, zone DMA 1 x\n",
		"Node 0, zone DMA 1 -2\n",
		"Node 0, zone DMA 1 2\nNode 0, zone Normal 1\n",
		"Node 0, zone DMA 1\nNode 0, zone Normal 1 2\n",
		"Node 0, zone DMA 1 2\njunk\n",
		"Node 0, zone DMA 18446744073709551616\n",
		"Node 0, zone DMA 18446744073709551615\nNode 0, zone N 1\n",
	};

	for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++) {
		struct buddyinfo b = { .orders = 77 };

		assert_int_equal(buddyinfo_parse(text[i], &b), -EBADMSG);
		assert_int_equal(b.orders, 77);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_zones_and_nodes_add_up),
		cmocka_unit_test(test_most_orders),
		cmocka_unit_test(test_garbage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
