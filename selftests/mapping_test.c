/* SPDX-License-Identifier: MIT */
/*
 * Access to mappings as upstream's mapping tests see it: cases 50 to 60. Each
 * name begins with the number of its case.
 *
 * Where C on Linux differs from upstream:
 *   52-54, 57   there is no automatic element count: the caller names it
 *   55          constness is in the pointer types: selftests/compile_fail
 *   59, 60      atomics are reached as any object is
 *   61          a limit over all mappings is not here yet
 *   106-108     C has no types that may not be copied bytewise
 */
#include "kinds.h"

FIXTURE(pair)
{
	struct sealmem_writable_region region;
	struct sealmem_readonly_region readonly;
	struct sealmem_writable_mapping writable;
	struct sealmem_readonly_mapping view;
};

FIXTURE_VARIANT(pair)
{
	size_t size;
};

FIXTURE_VARIANT_ADD(pair, one_byte) { .size = 1 };
FIXTURE_VARIANT_ADD(pair, eight_bytes) { .size = 8 };

FIXTURE_SETUP(pair)
{
	ASSERT_OK(sealmem_readonly_region_create(variant->size, NULL,
						 &self->readonly,
						 &self->writable));
	ASSERT_OK(sealmem_readonly_region_map(&self->readonly, &self->view));
}

FIXTURE_TEARDOWN(pair)
{
	sealmem_readonly_mapping_unmap(&self->view);
	sealmem_writable_mapping_unmap(&self->writable);
	sealmem_readonly_region_close(&self->readonly);
}

TEST(case_050_empty_mapping)
{
	struct sealmem_writable_mapping writable = { 0 };
	struct sealmem_readonly_mapping readonly = { 0 };

	EXPECT_NULL(SEALMEM_READONLY_AT(&readonly, 0, uint8_t));
	EXPECT_NULL(SEALMEM_WRITABLE_AT(&writable, 0, uint8_t));
	EXPECT_NULL(SEALMEM_READONLY_ARRAY_AT(&readonly, 0, 1, uint8_t));
	EXPECT_NULL(SEALMEM_WRITABLE_ARRAY_AT(&writable, 0, 1, uint8_t));
	sealmem_readonly_mapping_unmap(&readonly);
	sealmem_writable_mapping_unmap(&writable);
}

TEST_F(pair, case_051_scalar)
{
	uint32_t *in = SEALMEM_WRITABLE_AT(&self->writable, 0, uint32_t);
	const uint32_t *out = SEALMEM_READONLY_AT(&self->view, 0, uint32_t);

	if (variant->size < sizeof(*in)) {
		EXPECT_NULL(in);
		EXPECT_NULL(out);
		return;
	}
	ASSERT_NOT_NULL(in);
	ASSERT_NOT_NULL(out);
	*in = 0x12345678;
	EXPECT_EQ(0x12345678u, *out);
}

TEST_F(pair, case_052_and_053_arrays_see_the_same_bytes)
{
	uint8_t *in;
	const uint32_t *words;

	if (variant->size < 8) {
		EXPECT_NULL(SEALMEM_WRITABLE_ARRAY_AT(&self->writable, 0, 8,
						      uint8_t));
		return;
	}
	in = SEALMEM_WRITABLE_ARRAY_AT(&self->writable, 0, 8, uint8_t);
	ASSERT_NOT_NULL(in);
	for (uint8_t i = 0; i < 8; i++)
		in[i] = i;
	words = SEALMEM_READONLY_ARRAY_AT(&self->view, 0, 2, uint32_t);
	ASSERT_NOT_NULL(words);
	EXPECT_MEMEQ(in, words, 8);
	EXPECT_NOT_NULL(SEALMEM_READONLY_ARRAY_AT(&self->view, 0, 1, uint32_t));
	EXPECT_NOT_NULL(SEALMEM_READONLY_ARRAY_AT(&self->view, 4, 1, uint32_t));
	EXPECT_NOT_NULL(SEALMEM_READONLY_ARRAY_AT(&self->view, 4, 4, uint8_t));
	EXPECT_NULL(SEALMEM_READONLY_ARRAY_AT(&self->view, 4, 5, uint8_t));
	EXPECT_NULL(SEALMEM_READONLY_ARRAY_AT(&self->view, 0, 3, uint32_t));
}

TEST_F(pair, case_054_array_of_zero_elements)
{
	EXPECT_NULL(SEALMEM_READONLY_ARRAY_AT(&self->view, 0, 0, uint8_t));
	EXPECT_NULL(SEALMEM_WRITABLE_ARRAY_AT(&self->writable, 0, 0, uint8_t));
	EXPECT_NULL(sealmem_readonly_mapping_array_at(&self->view, 0, 1, 0, 1));
	EXPECT_NULL(sealmem_readonly_mapping_at(&self->view, 0, 0, 1));
}

TEST_F(pair, case_056_too_big_scalar)
{
	const uint64_t end = variant->size;

	EXPECT_NOT_NULL(SEALMEM_READONLY_AT(&self->view, end - 1, uint8_t));
	EXPECT_NULL(SEALMEM_READONLY_AT(&self->view, end, uint8_t));
	EXPECT_NULL(SEALMEM_READONLY_AT(&self->view, end - 1, uint32_t));
	EXPECT_NULL(SEALMEM_WRITABLE_AT(&self->writable, end - 1, uint32_t));
	EXPECT_NULL(sealmem_readonly_mapping_at(&self->view, 0, end + 1, 1));
}

TEST_F(pair, case_057_and_058_too_big_array)
{
	size_t too_many = variant->size / 4 + 1;

	EXPECT_NULL(SEALMEM_READONLY_ARRAY_AT(&self->view, 0, too_many,
					      uint32_t));
	EXPECT_NULL(SEALMEM_READONLY_ARRAY_AT(&self->view, 0, SIZE_MAX,
					      uint32_t));
	EXPECT_NULL(SEALMEM_WRITABLE_ARRAY_AT(&self->writable, 0, SIZE_MAX,
					      uint8_t));
	/* Times four it is 4, or 0, in size_t. */
	EXPECT_NULL(SEALMEM_READONLY_ARRAY_AT(&self->view, 0, SIZE_MAX / 4 + 2,
					      uint32_t));
	EXPECT_NULL(SEALMEM_READONLY_ARRAY_AT(&self->view, 0, SIZE_MAX / 4 + 1,
					      uint32_t));
	EXPECT_NULL(sealmem_readonly_mapping_array_at(&self->view, 0, SIZE_MAX,
						      SIZE_MAX, 1));
	EXPECT_NULL(sealmem_readonly_mapping_at(&self->view, UINT64_MAX, 2, 1));
	EXPECT_NULL(sealmem_readonly_mapping_at(&self->view, UINT64_C(1) << 32,
						1, 1));
}

TEST_F(pair, case_059_and_060_atomics)
{
	_Atomic uint32_t *in = SEALMEM_WRITABLE_AT(&self->writable, 0,
						   _Atomic uint32_t);
	const _Atomic uint32_t *out =
		SEALMEM_READONLY_AT(&self->view, 0, _Atomic uint32_t);

	if (variant->size < 4) {
		EXPECT_NULL(in);
		EXPECT_NULL(out);
		return;
	}
	ASSERT_NOT_NULL(in);
	ASSERT_NOT_NULL(out);
	__atomic_store_n((uint32_t *)in, 7, __ATOMIC_RELEASE);
	EXPECT_EQ(7, __atomic_load_n((const uint32_t *)out, __ATOMIC_ACQUIRE));
}

/* Upstream hands out what is misaligned; here it is not found. */
TEST(misaligned_objects_are_not_found)
{
	struct sealmem_readonly_mapping view = { 0 };
	struct made made;

	ASSERT_OK(made_create(&made, SEALMEM_KIND_READONLY, 64));
	ASSERT_OK(sealmem_readonly_region_map_at(&made.readonly, 1, 63, &view));
	EXPECT_NULL(SEALMEM_READONLY_AT(&view, 0, uint32_t));
	EXPECT_NULL(SEALMEM_READONLY_AT(&view, 1, uint32_t));
	EXPECT_NOT_NULL(SEALMEM_READONLY_AT(&view, 3, uint32_t));
	EXPECT_NOT_NULL(SEALMEM_READONLY_AT(&view, 0, uint8_t));
	EXPECT_NULL(sealmem_readonly_mapping_at(&view, 0, 1, 0));
	sealmem_readonly_mapping_unmap(&view);
	made_close(&made);
}

TH_MAIN
