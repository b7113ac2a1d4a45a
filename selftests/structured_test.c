/* SPDX-License-Identifier: MIT */
/*
 * Structured regions as upstream's tests see them, cases 63 to 68 (each name
 * begins with the number of its case). Structs that do not fit are in
 * selftests/structured_hostile_test.c.
 *
 * Where C on Linux differs from upstream:
 *   64          a value has the struct's own type: nothing converts it
 *   65          there is no mapper of the caller's: here mmap itself fails
 *   66          a region that was closed is empty, using it an error: no death
 *   106, 108    C has no type that may not be copied bytewise; members that are
 *               pointers: selftests/compile_fail/structured_pointer_member.c
 *   107         selftests/compile_fail/structured_wide_atomic.c
 */
#include "scale.h"

/* mmap64() of the library comes here: see the Makefile. */
void *__real_mmap64(void *addr, size_t size, int prot, int flags, int fd,
		    off_t offset);
void *__wrap_mmap64(void *addr, size_t size, int prot, int flags, int fd,
		    off_t offset);

static int maps_until_failure;

void *__wrap_mmap64(void *addr, size_t size, int prot, int flags, int fd,
		    off_t offset)
{
	if (maps_until_failure > 0 && --maps_until_failure == 0) {
		errno = ENOMEM;
		return MAP_FAILED;
	}
	return __real_mmap64(addr, size, prot, flags, fd, offset);
}

/* --- upstream's cases ------------------------------------------------------ */

TEST_F(shared, case_063_the_reader_sees_what_is_written)
{
	EXPECT_TRUE(self->out->value == 0.0);
	self->in->value += 0.5;
	EXPECT_TRUE(self->out->value == 0.5);
	EXPECT_TRUE(self->in->value == 0.5);
	EXPECT_EQ(sizeof(struct scale), self->writer.size);
	EXPECT_EQ(sizeof(struct scale), self->reader.size);
}

static double initial_value(const void *initial)
{
	struct sealmem_structured_layout layout = scale_layout();
	struct sealmem_readonly_region region = { 0 };
	struct sealmem_writable_mapping writer = { 0 };
	struct sealmem_readonly_mapping reader = { 0 };
	double value;

	ASSERT_OK(sealmem_structured_create(&layout, initial, NULL, &region,
					    &writer));
	sealmem_writable_mapping_unmap(&writer);
	ASSERT_OK(sealmem_structured_attach(&region, &layout, &reader, NULL));
	value = ((const struct scale *)reader.addr)->value;
	sealmem_readonly_mapping_unmap(&reader);
	sealmem_readonly_region_close(&region);
	return value;
}

TEST(case_064_initial_value)
{
	struct scale scale = { .value = 1.2 };

	EXPECT_TRUE(initial_value(NULL) == 0.0);
	EXPECT_TRUE(initial_value(&scale) == 1.2);
	scale.value = 3;
	EXPECT_TRUE(initial_value(&scale) == 3.0);
}

TEST(case_065_mapping_fails_in_create)
{
	struct sealmem_structured_layout layout = scale_layout();
	struct sealmem_readonly_region region = { 0 };
	struct sealmem_writable_mapping writer = { 0 };

	/* For the header, then for the writer. */
	for (int nth = 1; nth <= 2; nth++) {
		maps_until_failure = nth;
		EXPECT_ERR(ENOMEM, sealmem_structured_create(&layout, NULL,
							     NULL, &region,
							     &writer));
		EXPECT_EQ(0, maps_until_failure);
		EXPECT_TRUE(sealmem_readonly_region_is_empty(&region));
		EXPECT_NULL(writer.addr);
	}
}

/* One descriptor is left: for the memory, and none to open it again. */
TEST(no_descriptor_left_to_convert)
{
	struct sealmem_structured_layout layout = scale_layout();
	struct sealmem_readonly_region region = { 0 };
	struct sealmem_writable_mapping writer = { 0 };
	struct rlimit before, limit;
	int fd = dup(STDIN_FILENO);

	close(fd);
	ASSERT_SYS(getrlimit(RLIMIT_NOFILE, &before));
	limit = before;
	limit.rlim_cur = (rlim_t)fd + 1;
	ASSERT_SYS(setrlimit(RLIMIT_NOFILE, &limit));
	EXPECT_ERR(EMFILE, sealmem_structured_create(&layout, NULL, NULL,
						     &region, &writer));
	ASSERT_SYS(setrlimit(RLIMIT_NOFILE, &before));
	EXPECT_TRUE(sealmem_readonly_region_is_empty(&region));
	EXPECT_NULL(writer.addr);
}

TEST_F(shared, case_065_mapping_fails_in_attach)
{
	enum sealmem_structured_mismatch mismatch = SEALMEM_STRUCTURED_SIZE;
	struct sealmem_readonly_region empty = { 0 };
	struct sealmem_readonly_mapping none = { 0 };

	EXPECT_ERR(EBADF, sealmem_structured_attach(&empty, &self->layout,
						    &none, &mismatch));
	EXPECT_EQ(SEALMEM_STRUCTURED_FITS, mismatch);
	/* For the header, then for the reader. */
	for (int nth = 1; nth <= 2; nth++) {
		mismatch = SEALMEM_STRUCTURED_SIZE;
		maps_until_failure = nth;
		EXPECT_ERR(ENOMEM,
			   sealmem_structured_attach(&self->region,
						     &self->layout, &none,
						     &mismatch));
		EXPECT_EQ(0, maps_until_failure);
		EXPECT_EQ(SEALMEM_STRUCTURED_FITS, mismatch);
		EXPECT_NULL(none.addr);
	}
}

TEST_F(shared, case_066_duplicates_are_the_same_region)
{
	struct sealmem_readonly_region a = { 0 }, b = { 0 };
	struct sealmem_token token;

	token = sealmem_readonly_region_token(&self->region);
	ASSERT_OK(sealmem_readonly_region_dup(&self->region, &a));
	ASSERT_OK(sealmem_readonly_region_dup(&self->region, &b));
	EXPECT_TRUE(sealmem_token_equal(token,
					sealmem_readonly_region_token(&a)));
	EXPECT_TRUE(sealmem_token_equal(token,
					sealmem_readonly_region_token(&b)));
	EXPECT_TRUE(sealmem_token_equal(token, self->writer.token));
	sealmem_readonly_region_close(&a);
	EXPECT_ERR(EBADF, sealmem_readonly_region_dup(&a, &b));
	sealmem_readonly_region_close(&b);
}

TEST_F(shared, case_067_atomic_number)
{
	EXPECT_EQ(0u, SEALMEM_ATOMIC_LOAD(&self->out->count));
	SEALMEM_ATOMIC_STORE(&self->in->count, 1);
	EXPECT_EQ(1u, SEALMEM_ATOMIC_LOAD(&self->out->count));
}

TEST(case_068_atomic_number_with_an_initial_value)
{
	struct sealmem_structured_layout layout = scale_layout();
	struct sealmem_readonly_region region = { 0 };
	struct sealmem_writable_mapping writer = { 0 };
	struct sealmem_readonly_mapping reader = { 0 };
	const struct scale one = { .count = 1 }, *out;

	ASSERT_OK(sealmem_structured_create(&layout, &one, NULL, &region,
					    &writer));
	ASSERT_OK(sealmem_structured_attach(&region, &layout, &reader, NULL));
	out = SEALMEM_READONLY_AT(&reader, 0, struct scale);
	ASSERT_NOT_NULL(out);
	EXPECT_EQ(1u, SEALMEM_ATOMIC_LOAD(&out->count));
	EXPECT_EQ(0, SEALMEM_ATOMIC_LOAD(&out->steps[0]));
	sealmem_readonly_mapping_unmap(&reader);
	sealmem_writable_mapping_unmap(&writer);
	sealmem_readonly_region_close(&region);
}

/* --- what is promised about the region ------------------------------------ */

TEST_F(shared, the_region_is_live)
{
	EXPECT_EQ(SEALMEM_LEVEL_LIVE,
		  sealmem_readonly_region_level(&self->region));
	EXPECT_MAP_ERRNO(EACCES,
			 map_shared(sealmem_readonly_region_fd(&self->region),
				    1, PROT_READ | PROT_WRITE));
}

TEST_F(shared, the_header_is_outside_both_mappings)
{
	EXPECT_NULL(SEALMEM_WRITABLE_AT(&self->writer, (uint64_t)-64, char));
	EXPECT_NULL(SEALMEM_READONLY_AT(&self->reader, (uint64_t)-64, char));
	EXPECT_NULL(SEALMEM_WRITABLE_AT(&self->writer, sizeof(struct scale),
					char));
}

TEST(every_alignment)
{
	for (size_t alignment = 1;
	     alignment <= SEALMEM_STRUCTURED_ALIGNMENT_MAX; alignment *= 2) {
		struct sealmem_structured_layout layout = {
			.struct_size = sizeof(layout),
			.size = 8192,
			.alignment = alignment,
		};
		struct sealmem_readonly_region region = { 0 };
		struct sealmem_writable_mapping writer = { 0 };
		struct sealmem_readonly_mapping reader = { 0 };

		ASSERT_OK(sealmem_structured_create(&layout, NULL, NULL,
						    &region, &writer));
		ASSERT_OK(sealmem_structured_attach(&region, &layout, &reader,
						    NULL));
		EXPECT_EQ(0, (uintptr_t)writer.addr % alignment);
		EXPECT_EQ(0, (uintptr_t)reader.addr % alignment);
		memset(writer.addr, FILL, writer.size);
		EXPECT_TRUE(is_filled(reader.addr, FILL, 8192));
		sealmem_readonly_mapping_unmap(&reader);
		/* The header has not been written over. */
		EXPECT_OK(sealmem_structured_attach(&region, &layout, &reader,
						    NULL));
		sealmem_readonly_mapping_unmap(&reader);
		sealmem_writable_mapping_unmap(&writer);
		sealmem_readonly_region_close(&region);
	}
}

TEST(layouts_that_make_no_sense)
{
	static const struct sealmem_structured_layout good = {
		.struct_size = sizeof(good),
		.size = 8,
		.alignment = 8,
	};
	struct sealmem_structured_layout bad[] = { good, good, good,
						   good, good, good };
	struct sealmem_readonly_region region = { 0 };
	struct sealmem_readonly_mapping reader = { 0 };
	struct sealmem_writable_mapping writer = { 0 };

	bad[0].struct_size--;
	bad[1].size = 0;
	bad[2].size = SIZE_MAX;
	bad[3].alignment = 0;
	bad[4].alignment = 24;
	bad[5].alignment = 2 * SEALMEM_STRUCTURED_ALIGNMENT_MAX;
	ASSERT_OK(sealmem_readonly_region_create_from(&good, sizeof(good), NULL,
						      &region));
	for (size_t i = 0; i < COUNT(bad); i++) {
		EXPECT_ERR(EINVAL,
			   sealmem_structured_attach(&region, &bad[i], &reader,
						     NULL));
		EXPECT_ERR(EINVAL, sealmem_structured_create(&bad[i], NULL,
							     NULL, &region,
							     &writer));
	}
	EXPECT_EQ(sizeof(good), sealmem_readonly_region_size(&region));
	EXPECT_NULL(reader.addr);
	EXPECT_NULL(writer.addr);
	sealmem_readonly_region_close(&region);
}

TH_MAIN
