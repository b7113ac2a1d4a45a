/* SPDX-License-Identifier: MIT */
/* Where the figures of `sealmem gamepad watch` and `latency` come from. */
#include "harness.h"
#include "tools/gamepad/histogram.h"

static struct histogram histogram;

TEST(empty)
{
	EXPECT_EQ(0, histogram_quantile(&histogram, 500));
	EXPECT_EQ(0, histogram_between(&histogram, 0, UINT64_MAX));
}

/* Every value belongs into one bucket, and those are narrow. */
TEST(buckets_join)
{
	for (size_t i = 0; i < HISTOGRAM_BUCKETS - 1; i++) {
		struct histogram one = { 0 };
		uint64_t start = histogram_start(i);
		uint64_t end = histogram_start(i + 1);

		ASSERT_LT(start, end);
		EXPECT_LE((end - start) * 32, start + 32);
		histogram_add(&one, start);
		histogram_add(&one, end - 1);
		EXPECT_EQ(2, one.buckets[i]);
	}
}

TEST(extremes)
{
	histogram_add(&histogram, UINT64_MAX);
	EXPECT_EQ(1, histogram.buckets[HISTOGRAM_BUCKETS - 1]);
	EXPECT_EQ(UINT64_MAX, histogram.min);
	histogram_add(&histogram, 0);
	EXPECT_EQ(0, histogram.min);
	EXPECT_EQ(UINT64_MAX, histogram.max);
	EXPECT_EQ(0, histogram_quantile(&histogram, 500));
	EXPECT_EQ(UINT64_MAX, histogram_quantile(&histogram, 501));
	EXPECT_EQ(2, histogram.count);
}

/* Against the values themselves, in order. */
TEST(quantiles_of_a_thousand)
{
	static const unsigned int permilles[] = { 1, 100, 500, 900, 990, 1000 };

	for (uint64_t i = 1; i <= 1000; i++)
		histogram_add(&histogram, 37 * i);
	EXPECT_EQ(37, histogram.min);
	EXPECT_EQ(37000, histogram.max);
	for (size_t i = 0; i < sizeof(permilles) / sizeof(permilles[0]); i++) {
		uint64_t exact = 37 * (uint64_t)permilles[i];
		uint64_t found = histogram_quantile(&histogram, permilles[i]);

		EXPECT_LE(exact, found);
		EXPECT_LE(found, exact + exact / 32);
	}
	EXPECT_EQ(37000, histogram_quantile(&histogram, 1000));
}

TEST(small_values_are_exact)
{
	for (uint64_t i = 0; i < 32; i++)
		histogram_add(&histogram, i);
	EXPECT_EQ(15, histogram_quantile(&histogram, 500));
	EXPECT_EQ(31, histogram_quantile(&histogram, 990));
	EXPECT_EQ(8, histogram_between(&histogram, 8, 16));
}

TEST(powers_of_two_add_up)
{
	uint64_t sum = 0;

	for (uint64_t i = 0; i < 5000; i++)
		histogram_add(&histogram, i * i);
	sum = histogram_between(&histogram, 0, 1);
	EXPECT_EQ(1, sum);
	for (int shift = 0; shift < 40; shift++)
		sum += histogram_between(&histogram, 1ull << shift,
					 2ull << shift);
	EXPECT_EQ(5000, sum);
	EXPECT_EQ(8, histogram_between(&histogram, 64, 256));
}

TEST(two_become_one)
{
	struct histogram other = { 0 };

	histogram_merge(&histogram, &other);
	EXPECT_EQ(0, histogram.count);
	histogram_add(&other, 7);
	histogram_merge(&histogram, &other);
	EXPECT_EQ(7, histogram.min);
	histogram_add(&other, 5);
	histogram_add(&other, 900);
	histogram_merge(&histogram, &other);
	EXPECT_EQ(5, histogram.min);
	EXPECT_EQ(900, histogram.max);
	EXPECT_EQ(4, histogram.count);
	EXPECT_EQ(7, histogram_quantile(&histogram, 750));
}

TH_MAIN
