/* SPDX-License-Identifier: MIT */
/*
 * Regions of each kind as upstream's typed tests see them: cases 33 to 49, and
 * freezing and creation from data, which upstream does not have. Each name
 * begins with the number of its case.
 *
 * Where C on Linux differs from upstream:
 *   34          a handle is moved by export and import
 *   40, 41      there is no mapped size beside the size: whole pages are the
 *               kernel's business, and unmap gives them all back
 */
#include <stdio.h>

#include "kinds.h"

#define SIZE 1024

FIXTURE(kind)
{
	struct made made;
};

FIXTURE_VARIANT(kind)
{
	enum sealmem_kind kind;
};

FIXTURE_VARIANT_ADD(kind, readonly) { .kind = SEALMEM_KIND_READONLY };
FIXTURE_VARIANT_ADD(kind, writable) { .kind = SEALMEM_KIND_WRITABLE };
FIXTURE_VARIANT_ADD(kind, unsafe) { .kind = SEALMEM_KIND_UNSAFE };

FIXTURE_SETUP(kind)
{
	ASSERT_OK(made_create(&self->made, variant->kind, SIZE));
}

FIXTURE_TEARDOWN(kind)
{
	made_close(&self->made);
}

TEST_F(kind, case_033_empty_region)
{
	struct made empty = { .kind = variant->kind };
	struct view view;

	EXPECT_ERR(EBADF, made_map(&empty, &view));
	EXPECT_ERR(EBADF, made_map_at(&empty, 0, 1, &view));
	EXPECT_EQ(-1, made_fd(&empty));
	made_close(&empty);
}

static void move(struct made *made)
{
	struct sealmem_descriptor parts = { 0 };
	struct made to = { .kind = made->kind, .writer = made->writer };

	if (made->kind == SEALMEM_KIND_READONLY) {
		ASSERT_OK(sealmem_readonly_region_export(&made->readonly,
							 &parts));
		ASSERT_OK(sealmem_readonly_region_import(&parts, NULL,
							 &to.readonly));
	} else if (made->kind == SEALMEM_KIND_WRITABLE) {
		ASSERT_OK(sealmem_writable_region_export(&made->writable,
							 &parts));
		ASSERT_OK(sealmem_writable_region_import(&parts, NULL,
							 &to.writable));
	} else {
		ASSERT_OK(sealmem_unsafe_region_export(&made->unsafe, &parts));
		ASSERT_OK(sealmem_unsafe_region_import(&parts, NULL,
						       &to.unsafe));
	}
	EXPECT_EQ(-1, made_fd(made));
	*made = to;
}

TEST_F(kind, case_034_move)
{
	struct view view;

	move(&self->made);
	ASSERT_OK(made_map(&self->made, &view));
	EXPECT_NE((intptr_t)self->made.writer.addr, (intptr_t)view.bytes);
	EXPECT_MEMEQ(self->made.writer.addr, view.bytes, SIZE);
	memset(self->made.writer.addr, '1', SIZE);
	EXPECT_TRUE(is_filled(view.bytes, '1', SIZE));
	view_unmap(&view);
}

TEST_F(kind, case_035_mapping_outlives_its_region)
{
	struct view view;

	ASSERT_OK(made_map(&self->made, &view));
	made_close_region(&self->made);
	EXPECT_TRUE(is_filled(view.bytes, FILL, SIZE));
	view_unmap(&view);
}

TEST_F(kind, case_036_map_twice)
{
	struct view one, two;

	ASSERT_OK(made_map(&self->made, &one));
	ASSERT_OK(made_map(&self->made, &two));
	EXPECT_NE((intptr_t)one.bytes, (intptr_t)two.bytes);
	EXPECT_MEMEQ(one.bytes, two.bytes, SIZE);
	made_close_region(&self->made);
	view_unmap(&one);
	EXPECT_TRUE(is_filled(two.bytes, FILL, SIZE));
	view_unmap(&two);
}

TEST_F(kind, case_037_map_unmap_map)
{
	struct view view;

	ASSERT_OK(made_map(&self->made, &view));
	view_unmap(&view);
	view_unmap(&view);
	sealmem_writable_mapping_unmap(&self->made.writer);
	ASSERT_OK(made_map(&self->made, &view));
	EXPECT_TRUE(is_filled(view.bytes, FILL, SIZE));
	view_unmap(&view);
}

TEST_F(kind, case_038_serialize_and_deserialize)
{
	struct sealmem_token token = self->made.writer.token;
	struct view view;

	move(&self->made);
	ASSERT_OK(made_map(&self->made, &view));
	EXPECT_FALSE(sealmem_token_is_empty(token));
	EXPECT_TRUE(sealmem_token_equal(token, view.token));
	EXPECT_MEMEQ(self->made.writer.addr, view.bytes, SIZE);
	view_unmap(&view);
}

TEST_F(kind, case_039_minimum_alignment)
{
	struct view view;

	ASSERT_OK(made_map(&self->made, &view));
	EXPECT_EQ(0, (uintptr_t)view.bytes % 32);
	EXPECT_EQ(0, (uintptr_t)view.bytes % page_size());
	view_unmap(&view);
}

TEST_F(kind, case_040_size)
{
	struct view view;

	ASSERT_OK(made_map(&self->made, &view));
	EXPECT_EQ(SIZE, view.size);
	view_unmap(&view);
	EXPECT_EQ(0, view.size);
}

/* Bytes of the memory map around an address, or 0. */
static size_t mapped_around(const void *addr)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	unsigned long long from, to;
	size_t found = 0;
	char line[512];

	ASSERT_NOT_NULL(maps);
	while (fgets(line, sizeof(line), maps))
		if (sscanf(line, "%llx-%llx", &from, &to) == 2 &&
		    (uintptr_t)addr >= from && (uintptr_t)addr < to)
			found = (size_t)(to - from);
	fclose(maps);
	return found;
}

TEST_F(kind, case_041_granularity)
{
	struct view view;
	const void *addr;

	sealmem_writable_mapping_unmap(&self->made.writer);
	ASSERT_OK(made_map(&self->made, &view));
	EXPECT_EQ(page_size(), mapped_around(view.bytes));
	addr = view.bytes;
	view_unmap(&view);
	EXPECT_EQ(0, mapped_around(addr));
}

TEST_F_TIMEOUT(kind, case_042_map_at_any_offset, 60)
{
	const size_t size = 2 * page_size();
	const size_t step = page_size() > 4096 ? 64 : 4;
	struct made made;
	struct view view;

	ASSERT_OK(made_create(&made, variant->kind, size));
	for (size_t i = 0; i < size / 4; i++)
		((uint32_t *)made.writer.addr)[i] = (uint32_t)i;
	for (size_t at = 4; at <= page_size(); at += step) {
		ASSERT_OK(made_map_at(&made, at, size - at, &view));
		EXPECT_EQ(size - at, view.size);
		for (size_t i = at; i < size; i += 4)
			ASSERT_EQ(i / 4, *(const uint32_t *)(view.bytes + i - at));
		view_unmap(&view);
	}
	made_close(&made);
}

/* Offsets that not even a 16-bit access could use are as good as others. */
TEST_F(kind, case_042_map_at_odd_offset)
{
	struct view view;

	((char *)self->made.writer.addr)[7] = '7';
	ASSERT_OK(made_map_at(&self->made, 7, 3, &view));
	EXPECT_EQ(3, view.size);
	EXPECT_MEMEQ("7GG", view.bytes, 3);
	view_unmap(&view);
}

TEST_F(kind, case_043_map_zero_bytes)
{
	struct view view;

	EXPECT_ERR(EINVAL, made_map_at(&self->made, 0, 0, &view));
	EXPECT_EQ(0, view.size);
}

TEST_F(kind, case_044_map_more_than_the_region)
{
	struct view view;

	EXPECT_ERR(EINVAL, made_map_at(&self->made, 0, SIZE + 1, &view));
	EXPECT_ERR(EINVAL, made_map_at(&self->made, 1, SIZE, &view));
	EXPECT_EQ(0, view.size);
}

TEST(case_045_dup_readonly)
{
	struct sealmem_readonly_region copy = { 0 };
	struct made made;
	struct sealmem_readonly_mapping a = { 0 }, b = { 0 };

	ASSERT_OK(made_create(&made, SEALMEM_KIND_READONLY, SIZE));
	ASSERT_OK(sealmem_readonly_region_dup(&made.readonly, &copy));
	ASSERT_OK(sealmem_readonly_region_map(&made.readonly, &a));
	made_close_region(&made);
	ASSERT_OK(sealmem_readonly_region_map(&copy, &b));
	EXPECT_TRUE(sealmem_token_equal(a.token, b.token));
	EXPECT_EQ(SEALMEM_LEVEL_LIVE, sealmem_readonly_region_level(&copy));
	EXPECT_NE((intptr_t)a.addr, (intptr_t)b.addr);
	EXPECT_MEMEQ(a.addr, b.addr, SIZE);
	sealmem_readonly_mapping_unmap(&a);
	sealmem_readonly_mapping_unmap(&b);
	sealmem_readonly_region_close(&copy);
	made_close(&made);
}

TEST(case_045_dup_unsafe)
{
	struct sealmem_unsafe_region copy = { 0 };
	struct made made;
	struct sealmem_writable_mapping b = { 0 };

	ASSERT_OK(made_create(&made, SEALMEM_KIND_UNSAFE, SIZE));
	ASSERT_OK(sealmem_unsafe_region_dup(&made.unsafe, &copy));
	made_close_region(&made);
	ASSERT_OK(sealmem_unsafe_region_map(&copy, &b));
	EXPECT_TRUE(sealmem_token_equal(made.writer.token, b.token));
	EXPECT_NE((intptr_t)made.writer.addr, (intptr_t)b.addr);
	memset(b.addr, 'b', SIZE);
	EXPECT_TRUE(is_filled(made.writer.addr, 'b', SIZE));
	sealmem_writable_mapping_unmap(&b);
	sealmem_unsafe_region_close(&copy);
	made_close(&made);
}

static void expect_no_writable_mapping(const struct sealmem_readonly_region *r)
{
	int fd = sealmem_readonly_region_fd(r), again;

	EXPECT_MAP_ERRNO(EACCES, map_shared(fd, SIZE, PROT_READ | PROT_WRITE));
	again = reopen_readwrite(fd);
	ASSERT_SYS(again);
	EXPECT_MAP_ERRNO(EPERM, map_shared(again, SIZE, PROT_READ | PROT_WRITE));
	close(again);
}

static struct sealmem_readonly_region converted(void)
{
	struct sealmem_writable_region writable = { 0 };
	struct sealmem_readonly_region region = { 0 };

	ASSERT_OK(sealmem_writable_region_create(SIZE, NULL, &writable));
	ASSERT_OK(sealmem_writable_region_to_readonly(&writable, &region));
	return region;
}

TEST(case_046_readonly_from_birth_cannot_be_mapped_writable)
{
	struct made made;

	ASSERT_OK(made_create(&made, SEALMEM_KIND_READONLY, SIZE));
	expect_no_writable_mapping(&made.readonly);
	made_close(&made);
}

TEST(case_047_converted_cannot_be_mapped_writable)
{
	struct sealmem_readonly_region region = converted();

	expect_no_writable_mapping(&region);
	sealmem_readonly_region_close(&region);
}

static void store_into(const struct sealmem_readonly_region *region)
{
	struct sealmem_readonly_mapping view = { 0 };

	ASSERT_OK(sealmem_readonly_region_map(region, &view));
	*(volatile char *)(uintptr_t)view.addr = 1;
}

TEST_SIGNAL(case_048_store_into_readonly_from_birth, SIGSEGV)
{
	struct made made;

	ASSERT_OK(made_create(&made, SEALMEM_KIND_READONLY, SIZE));
	store_into(&made.readonly);
}

TEST_SIGNAL(case_049_store_into_converted, SIGSEGV)
{
	struct sealmem_readonly_region region = converted();

	store_into(&region);
}

/* --- frozen: beyond upstream ---------------------------------------------- */

#define FROZEN_SEALS                                                           \
	(F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL)

TEST(freeze)
{
	struct sealmem_readonly_region region = { 0 };
	struct sealmem_readonly_mapping view = { 0 };
	struct made made;

	ASSERT_OK(made_create(&made, SEALMEM_KIND_WRITABLE, SIZE));
	sealmem_writable_mapping_unmap(&made.writer);
	ASSERT_OK(sealmem_writable_region_freeze(&made.writable, &region));
	EXPECT_TRUE(sealmem_writable_region_is_empty(&made.writable));
	EXPECT_TRUE(sealmem_readonly_region_is_frozen(&region));
	EXPECT_EQ(FROZEN_SEALS, seals_of(sealmem_readonly_region_fd(&region)));
	expect_no_writable_mapping(&region);
	ASSERT_OK(sealmem_readonly_region_map(&region, &view));
	EXPECT_TRUE(is_filled(view.addr, FILL, SIZE));
	sealmem_readonly_mapping_unmap(&view);
	sealmem_readonly_region_close(&region);
}

/* Never a weaker seal instead: the region is as it was. */
TEST(freeze_with_a_writable_mapping)
{
	struct sealmem_readonly_region region = { 0 };
	struct view view;
	struct made made;

	ASSERT_OK(made_create(&made, SEALMEM_KIND_WRITABLE, SIZE));
	EXPECT_ERR(EBUSY,
		   sealmem_writable_region_freeze(&made.writable, &region));
	EXPECT_TRUE(sealmem_readonly_region_is_empty(&region));
	EXPECT_EQ(F_SEAL_SHRINK | F_SEAL_GROW, seals_of(made_fd(&made)));
	ASSERT_OK(made_map(&made, &view));
	view_unmap(&view);
	made_close(&made);
}

TEST(freeze_while_a_reader_holds_pages)
{
	struct sealmem_readonly_region region = { 0 };
	struct made made;
	int pipefd[2], reader;
	char path[64];

	ASSERT_OK(made_create(&made, SEALMEM_KIND_WRITABLE, SIZE));
	sealmem_writable_mapping_unmap(&made.writer);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", made_fd(&made));
	reader = open(path, O_RDONLY | O_CLOEXEC);
	ASSERT_SYS(reader);
	ASSERT_SYS(pipe2(pipefd, O_CLOEXEC));
	ASSERT_SYS(splice(reader, NULL, pipefd[1], NULL, SIZE, 0));
	EXPECT_ERR(EBUSY,
		   sealmem_writable_region_freeze(&made.writable, &region));
	EXPECT_EQ(F_SEAL_SHRINK | F_SEAL_GROW, seals_of(made_fd(&made)));
	close(pipefd[0]);
	close(pipefd[1]);
	close(reader);
	ASSERT_OK(sealmem_writable_region_freeze(&made.writable, &region));
	sealmem_readonly_region_close(&region);
}

TEST(create_from_data)
{
	const size_t sizes[] = { 1, SIZE, page_size(), 3 * page_size() + 1 };
	static char data[4 * 65536];
	struct sealmem_readonly_region region = { 0 };
	struct sealmem_readonly_mapping view = { 0 };

	memset(data, 'd', sizeof(data));
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		ASSERT_LE(sizes[i], sizeof(data));
		ASSERT_OK(sealmem_readonly_region_create_from(data, sizes[i],
							      NULL, &region));
		EXPECT_TRUE(sealmem_readonly_region_is_frozen(&region));
		EXPECT_EQ(FROZEN_SEALS,
			  seals_of(sealmem_readonly_region_fd(&region)));
		EXPECT_EQ(sizes[i], sealmem_readonly_region_size(&region));
		ASSERT_OK(sealmem_readonly_region_map(&region, &view));
		EXPECT_MEMEQ(data, view.addr, sizes[i]);
		sealmem_readonly_mapping_unmap(&view);
		expect_no_writable_mapping(&region);
		sealmem_readonly_region_close(&region);
	}
}

TEST_SIGNAL(store_into_frozen, SIGSEGV)
{
	struct sealmem_readonly_region region = { 0 };

	ASSERT_OK(sealmem_readonly_region_create_from("x", 1, NULL, &region));
	store_into(&region);
}

TH_MAIN
