/* SPDX-License-Identifier: MIT */
/*
 * Tokens as upstream's tests see them: cases 87 to 104. Each name begins with
 * the number of its case. Case 105 is in wire_internal_test.c.
 *
 * Where C on Linux differs from upstream:
 *   97, 98, 102 there is no ordering and no hash: nothing here keeps tokens in
 *               a container
 *   100, 101    there is one type, not a token and an unguessable one
 */
#include "kinds.h"

static struct sealmem_token token_of(uint64_t high, uint64_t low)
{
	return (struct sealmem_token){ .high = high, .low = low };
}

static void expect_text(const char *text, uint64_t high, uint64_t low)
{
	char found[SEALMEM_TOKEN_TEXT_SIZE];

	sealmem_token_format(token_of(high, low), found);
	EXPECT_STREQ(text, found);
}

TEST(case_087_every_bit_counts)
{
	struct sealmem_token token = { 0 };

	ASSERT_OK(sealmem_token_generate(&token));
	for (int i = 0; i < 64; i++) {
		uint64_t bit = UINT64_C(1) << i;

		EXPECT_FALSE(sealmem_token_equal(
			token, token_of(token.high ^ bit, token.low)));
		EXPECT_FALSE(sealmem_token_equal(
			token, token_of(token.high, token.low ^ bit)));
	}
	EXPECT_TRUE(sealmem_token_equal(token, token));
}

TEST(case_088_equality)
{
	struct sealmem_token a = token_of(1, 2), same = token_of(1, 2);

	EXPECT_TRUE(sealmem_token_equal(a, same));
	EXPECT_FALSE(sealmem_token_equal(a, token_of(2, 1)));
	EXPECT_FALSE(sealmem_token_equal(a, token_of(0, 0)));
	EXPECT_TRUE(sealmem_token_equal(token_of(0, 0), token_of(0, 0)));
}

TEST(case_089_generated_is_not_empty)
{
	struct sealmem_token token = { 0 };

	EXPECT_TRUE(sealmem_token_is_empty(token));
	ASSERT_OK(sealmem_token_generate(&token));
	EXPECT_FALSE(sealmem_token_is_empty(token));
	EXPECT_FALSE(sealmem_token_is_empty(token_of(1, 0)));
	EXPECT_FALSE(sealmem_token_is_empty(token_of(0, 1)));
}

/* High and low are plain members. */
TEST(case_090_serialization)
{
	struct sealmem_token token = { 0 };

	ASSERT_OK(sealmem_token_generate(&token));
	EXPECT_TRUE(sealmem_token_equal(token,
					token_of(token.high, token.low)));
}

TEST(case_091_to_text)
{
	expect_text("0123456789ABCDEF5A5A5A5AA5A5A5A5", 0x0123456789ABCDEF,
		    0x5A5A5A5AA5A5A5A5);
}

TEST(case_092_to_text_keeps_leading_zeros)
{
	expect_text("0000000000000123000000000000ABCD", 0x123, 0xABCD);
}

TEST(case_093_texts_are_unique)
{
	expect_text("00000000000000010000000000000000", 1, 0);
	expect_text("00000000000000000000000000000001", 0, 1);
	expect_text("00000000000000100000000000000001", 0x10, 1);
}

TEST(case_094_zeros_are_no_token)
{
	struct sealmem_token token = token_of(7, 7);

	EXPECT_ERR(EINVAL, sealmem_token_parse("0000000000000000"
					       "0000000000000000",
					       &token));
	EXPECT_TRUE(sealmem_token_equal(token, token_of(7, 7)));
}

TEST(case_095_from_text)
{
	struct sealmem_token token = { 0 };

	ASSERT_OK(sealmem_token_parse("00000000000000010000000000000002",
				      &token));
	EXPECT_TRUE(sealmem_token_equal(token, token_of(1, 2)));
}

TEST(case_096_from_invalid_text)
{
	static const char *const texts[] = {
		"",
		"1",
		"0000000000000001",
		"0000000000000001000000000000000",
		"000000000000000100000000000000022",
		"0000000000000001000000000000000G",
		"0000000000000001000000000000000a",
		"g0000000000000010000000000000002",
		" 0000000000000010000000000000002",
		"+0000000000000010000000000000002",
		"0x000000000000010000000000000002",
		"0000000000000001-000000000000002",
		"00000000000000010000000000000002 ",
		"00000000000000010000000000000002\n",
		"0000000000000001\xff\xff\xff\xff",
	};
	struct sealmem_token token = token_of(7, 7);

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		EXPECT_ERR(EINVAL, sealmem_token_parse(texts[i], &token));
	EXPECT_TRUE(sealmem_token_equal(token, token_of(7, 7)));
}

TEST(case_099_tokens_differ)
{
	struct sealmem_token a = { 0 }, b = { 0 };

	ASSERT_OK(sealmem_token_generate(&a));
	ASSERT_OK(sealmem_token_generate(&b));
	EXPECT_FALSE(sealmem_token_equal(a, b));
	EXPECT_NE(a.high, a.low);
}

TEST(case_103_text_boundaries)
{
	expect_text("FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF", UINT64_MAX, UINT64_MAX);
	expect_text("00000000000000000000000000000000", 0, 0);
	expect_text("80000000000000007FFFFFFFFFFFFFFF", UINT64_C(1) << 63,
		    INT64_MAX);
}

TEST(case_104_text_round_trip)
{
	char text[SEALMEM_TOKEN_TEXT_SIZE];

	for (int i = 0; i < 1000; i++) {
		struct sealmem_token token = { 0 }, again = { 0 };

		ASSERT_OK(sealmem_token_generate(&token));
		sealmem_token_format(token, text);
		ASSERT_EQ(32, strlen(text));
		ASSERT_OK(sealmem_token_parse(text, &again));
		ASSERT_TRUE(sealmem_token_equal(token, again));
	}
}

TH_MAIN
