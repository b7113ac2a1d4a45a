/* SPDX-License-Identifier: MIT */
/*
 * Creation: sizes at their limits, options, and what the memory is like right
 * after birth. Gaps 1, 5 and 12 of upstream's tests among them.
 */
#include <limits.h>
#include <stdio.h>

#include "kinds.h"

#define SIZE 1024

static struct sealmem_options options_with(uint32_t flags)
{
	return (struct sealmem_options){
		.struct_size = sizeof(struct sealmem_options),
		.flags = flags,
	};
}

static off_t file_size(int fd)
{
	struct stat st;

	ASSERT_SYS(fstat(fd, &st));
	return st.st_size;
}

/* Gap 1. Lazily, since two GiB would have to be written otherwise. */
TEST(int_max_is_accepted)
{
	struct sealmem_options lazy = options_with(SEALMEM_CREATE_LAZY);
	struct sealmem_unsafe_region region = { 0 };

	ASSERT_OK(sealmem_unsafe_region_create(INT_MAX, &lazy, &region));
	EXPECT_EQ(INT_MAX, sealmem_unsafe_region_size(&region));
	EXPECT_EQ((off_t)INT_MAX + 1,
		  file_size(sealmem_unsafe_region_fd(&region)));
	sealmem_unsafe_region_close(&region);
}

TEST(larger_than_int_max_needs_both_sides)
{
	struct sealmem_options options =
		options_with(SEALMEM_CREATE_LAZY | SEALMEM_CREATE_LARGE);
	struct sealmem_policy policy = {
		.struct_size = sizeof(policy),
		.flags = SEALMEM_POLICY_HOLES,
	};
	const size_t size = (size_t)INT_MAX + 2;
	struct sealmem_unsafe_region region = { 0 };
	struct sealmem_descriptor parts = { 0 };

	if (size > PTRDIFF_MAX)
		SKIP("no object is that large with %zu-bit pointers",
		     8 * sizeof(void *));
	ASSERT_OK(sealmem_unsafe_region_create(size, &options, &region));
	EXPECT_EQ(size, sealmem_unsafe_region_size(&region));
	ASSERT_OK(sealmem_unsafe_region_export(&region, &parts));
	EXPECT_ERR(EBADMSG,
		   sealmem_unsafe_region_import(&parts, &policy, &region));
	EXPECT_EQ(SEALMEM_REFUSAL_SIZE_LIMIT, parts.refusal);

	policy.flags |= SEALMEM_POLICY_LARGE;
	ASSERT_OK(sealmem_unsafe_region_create(size, &options, &region));
	ASSERT_OK(sealmem_unsafe_region_export(&region, &parts));
	ASSERT_OK(sealmem_unsafe_region_import(&parts, &policy, &region));
	sealmem_unsafe_region_close(&region);
}

TEST(options_that_make_no_sense)
{
	struct sealmem_options options[] = {
		{ .struct_size = 0 },
		{ .struct_size = sizeof(options[0]) - 1 },
		{ .struct_size = 1 << 20 },
		{ .struct_size = sizeof(options[0]), .flags = 1u << 31 },
		{ .struct_size = sizeof(options[0]), .reserved = 1 },
	};
	struct sealmem_writable_region region = { 0 };

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		EXPECT_ERR(EINVAL, sealmem_writable_region_create(
					   SIZE, &options[i], &region));
	EXPECT_TRUE(sealmem_writable_region_is_empty(&region));
}

static bool is_in_maps(const char *name)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[1024];
	bool found = false;

	ASSERT_NOT_NULL(maps);
	while (fgets(line, sizeof(line), maps))
		found = found || strstr(line, name);
	fclose(maps);
	return found;
}

TEST(name)
{
	struct sealmem_options options = options_with(0);
	struct sealmem_writable_region region = { 0 };
	struct sealmem_writable_mapping mapping = { 0 };
	char name[SEALMEM_NAME_MAX + 2];

	ASSERT_OK(sealmem_writable_region_create(SIZE, NULL, &region));
	ASSERT_OK(sealmem_writable_region_map(&region, &mapping));
	EXPECT_TRUE(is_in_maps("/memfd:sealmem (deleted)"));
	sealmem_writable_mapping_unmap(&mapping);
	sealmem_writable_region_close(&region);

	options.name = "pads";
	ASSERT_OK(sealmem_writable_region_create(SIZE, &options, &region));
	ASSERT_OK(sealmem_writable_region_map(&region, &mapping));
	EXPECT_TRUE(is_in_maps("/memfd:pads (deleted)"));
	sealmem_writable_mapping_unmap(&mapping);
	sealmem_writable_region_close(&region);

	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	options.name = name;
	EXPECT_ERR(EINVAL,
		   sealmem_writable_region_create(SIZE, &options, &region));
	options.name = name + 1;
	EXPECT_OK(sealmem_writable_region_create(SIZE, &options, &region));
	sealmem_writable_region_close(&region);
}

TEST(mode)
{
	struct sealmem_options others =
		options_with(SEALMEM_CREATE_OTHER_USERS);
	struct sealmem_unsafe_region region = { 0 };
	struct stat st;

	ASSERT_OK(sealmem_unsafe_region_create(SIZE, NULL, &region));
	ASSERT_SYS(fstat(sealmem_unsafe_region_fd(&region), &st));
	EXPECT_EQ(S_IFREG | 0400, st.st_mode);
	sealmem_unsafe_region_close(&region);
	ASSERT_OK(sealmem_unsafe_region_create(SIZE, &others, &region));
	ASSERT_SYS(fstat(sealmem_unsafe_region_fd(&region), &st));
	EXPECT_EQ(S_IFREG | 0444, st.st_mode);
	sealmem_unsafe_region_close(&region);
}

static size_t first_hole(int fd)
{
	return (size_t)lseek(fd, 0, SEEK_HOLE);
}

TEST(all_memory_is_there_unless_lazy)
{
	struct sealmem_options lazy = options_with(SEALMEM_CREATE_LAZY);
	const size_t size = 40 * page_size() + 1;
	struct sealmem_unsafe_region region = { 0 };
	int fd;

	ASSERT_OK(sealmem_unsafe_region_create(size, NULL, &region));
	fd = sealmem_unsafe_region_fd(&region);
	EXPECT_EQ((size_t)file_size(fd), first_hole(fd));
	sealmem_unsafe_region_close(&region);
	ASSERT_OK(sealmem_unsafe_region_create(size, &lazy, &region));
	EXPECT_EQ(0, first_hole(sealmem_unsafe_region_fd(&region)));
	sealmem_unsafe_region_close(&region);
}

/* A hole in a region that nobody can write any more is filled by the map. */
TEST(lazy_region_is_whole_once_it_is_mapped_for_reading)
{
	struct sealmem_options lazy = options_with(SEALMEM_CREATE_LAZY);
	const size_t size = 4 * page_size();
	struct sealmem_readonly_region region = { 0 };
	struct sealmem_writable_mapping writer = { 0 };
	struct sealmem_readonly_mapping view = { 0 };

	if (!(sealmem_features() & SEALMEM_FEATURE_POPULATE_READ))
		SKIP("this kernel has no MADV_POPULATE_READ");
	ASSERT_OK(sealmem_readonly_region_create(size, &lazy, &region, &writer));
	EXPECT_EQ(0, first_hole(sealmem_readonly_region_fd(&region)));
	ASSERT_OK(sealmem_readonly_region_map(&region, &view));
	EXPECT_EQ(size, first_hole(sealmem_readonly_region_fd(&region)));
	EXPECT_TRUE(is_filled(view.addr, 0, size));
	sealmem_readonly_mapping_unmap(&view);
	sealmem_writable_mapping_unmap(&writer);
	sealmem_readonly_region_close(&region);
}

TEST(memory_is_zero_to_the_end_of_its_last_page)
{
	struct sealmem_readonly_region region = { 0 };
	struct sealmem_readonly_mapping view = { 0 };

	ASSERT_OK(sealmem_readonly_region_create_from("x", 1, NULL, &region));
	ASSERT_OK(sealmem_readonly_region_map(&region, &view));
	EXPECT_EQ(1, view.size);
	EXPECT_TRUE(is_filled((const char *)view.addr + 1, 0, page_size() - 1));
	sealmem_readonly_mapping_unmap(&view);
	sealmem_readonly_region_close(&region);
}

/* Gap 5: what holds after conversion holds for ever, and cannot be overdone. */
TEST(no_seal_can_be_added_later)
{
	static const int seals[] = { 0,		   F_SEAL_SEAL,
				     F_SEAL_WRITE, F_SEAL_FUTURE_WRITE,
				     F_SEAL_GROW,  F_SEAL_SHRINK };
	struct made live, unsafe;
	int again;

	ASSERT_OK(made_create(&live, SEALMEM_KIND_READONLY, SIZE));
	ASSERT_OK(made_create(&unsafe, SEALMEM_KIND_UNSAFE, SIZE));
	again = reopen_readwrite(made_fd(&live));
	ASSERT_SYS(again);
	for (size_t i = 0; i < sizeof(seals) / sizeof(seals[0]); i++) {
		EXPECT_ERRNO(EPERM, fcntl(made_fd(&live), F_ADD_SEALS, seals[i]));
		EXPECT_ERRNO(EPERM, fcntl(again, F_ADD_SEALS, seals[i]));
		EXPECT_ERRNO(EPERM,
			     fcntl(made_fd(&unsafe), F_ADD_SEALS, seals[i]));
	}
	close(again);
	made_close(&live);
	made_close(&unsafe);
}

/* The creator is as bound as anyone else. */
TEST(creator_of_a_live_region_cannot_map_it_again)
{
	struct sealmem_writable_region writable = { 0 };
	struct sealmem_readonly_region readonly = { 0 };
	struct sealmem_writable_mapping writer = { 0 };
	int fd;

	ASSERT_OK(sealmem_writable_region_create(SIZE, NULL, &writable));
	ASSERT_OK(sealmem_writable_region_map(&writable, &writer));
	fd = dup(sealmem_writable_region_fd(&writable));
	ASSERT_OK(sealmem_writable_region_to_readonly(&writable, &readonly));
	EXPECT_MAP_ERRNO(EPERM, map_shared(fd, SIZE, PROT_READ | PROT_WRITE));
	EXPECT_ERRNO(EPERM, pwrite(fd, "x", 1, 0));
	EXPECT_ERRNO(EPERM, fallocate(fd, FALLOC_FL_PUNCH_HOLE |
						  FALLOC_FL_KEEP_SIZE,
				      0, SIZE));
	/* Its old mapping goes on. */
	*(char *)writer.addr = 1;
	close(fd);
	sealmem_writable_mapping_unmap(&writer);
	sealmem_readonly_region_close(&readonly);
}

/* errno is not a channel of this library. */
TEST(errno_survives_close_and_unmap)
{
	struct made made;

	ASSERT_OK(made_create(&made, SEALMEM_KIND_READONLY, SIZE));
	errno = EXDEV;
	made_close(&made);
	EXPECT_EQ(EXDEV, errno);
}

TEST(version)
{
	EXPECT_STREQ(SEALMEM_VERSION, sealmem_version());
}

TH_MAIN
