/* SPDX-License-Identifier: MIT */
/*
 * Regions of upstream's kind, for those who ask for them where memory with
 * seals cannot be had: an unnamed file, read-only by its descriptor alone. They
 * say what they are. What others make of them: weak_level_peer_test.c.
 */
#include <sched.h>
#include <sys/mount.h>
#include <sys/vfs.h>
#include <sys/wait.h>

#include "filter.h"
#include "recipe.h"

#define NOBODY 65534
#define TMPFS 0x01021994

static const struct sealmem_options weaker = {
	.struct_size = sizeof(weaker),
	.flags = SEALMEM_CREATE_DESCRIPTOR_LEVEL,
};

static void need_shm(void)
{
	int fd = open("/dev/shm", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd < 0)
		SKIP("no file in /dev/shm: %s", strerror(errno));
	close(fd);
}

static void forbid_memfd(void)
{
	need_shm();
	refuse_call(SYS_memfd_create, EPERM);
}

/* --- birth ---------------------------------------------------------------- */

FIXTURE(forbidden)
{
	struct sealmem_readonly_region region;
	struct sealmem_writable_mapping writer;
};

FIXTURE_VARIANT(forbidden)
{
	struct rule rule;
	unsigned int error;
};

FIXTURE_VARIANT_ADD(forbidden, memfd_create_is_unknown)
{ .rule = { .number = SYS_memfd_create }, .error = ENOSYS };
FIXTURE_VARIANT_ADD(forbidden, memfd_create_is_forbidden)
{ .rule = { .number = SYS_memfd_create }, .error = EPERM };
FIXTURE_VARIANT_ADD(forbidden, memfd_create_is_denied)
{ .rule = { .number = SYS_memfd_create }, .error = EACCES };
FIXTURE_VARIANT_ADD(forbidden, sealing_is_forbidden)
{ .rule = { .number = NUMBER_OF_FCNTL, .other = 1, .value = F_ADD_SEALS },
  .error = EPERM };

FIXTURE_SETUP(forbidden)
{
	need_shm();
	refuse(variant->rule, variant->error);
	ASSERT_OK(sealmem_readonly_region_create(SIZE, &weaker, &self->region,
						 &self->writer));
}

FIXTURE_TEARDOWN(forbidden)
{
	sealmem_readonly_region_close(&self->region);
	sealmem_writable_mapping_unmap(&self->writer);
}

TEST_F(forbidden, region_says_its_level)
{
	struct sealmem_readonly_region copy = { 0 };

	EXPECT_EQ(SEALMEM_LEVEL_FILE,
		  sealmem_readonly_region_level(&self->region));
	EXPECT_FALSE(sealmem_readonly_region_is_frozen(&self->region));
	ASSERT_OK(sealmem_readonly_region_dup(&self->region, &copy));
	EXPECT_EQ(SEALMEM_LEVEL_FILE, sealmem_readonly_region_level(&copy));
	sealmem_readonly_region_close(&copy);
}

TEST_F(forbidden, region_is_an_unnamed_file_on_tmpfs)
{
	int fd = sealmem_readonly_region_fd(&self->region);
	struct statfs fs;
	struct stat st;

	ASSERT_SYS(fstat(fd, &st));
	EXPECT_EQ(S_IFREG | 0400, st.st_mode);
	EXPECT_EQ(0, st.st_nlink);
	EXPECT_EQ(page_size(), st.st_size);
	ASSERT_SYS(fstatfs(fd, &fs));
	EXPECT_EQ(TMPFS, fs.f_type);
	EXPECT_EQ(F_SEAL_SEAL, fcntl(fd, F_GET_SEALS));
	EXPECT_EQ(FD_CLOEXEC, fcntl(fd, F_GETFD));
	EXPECT_EQ(O_RDONLY, fcntl(fd, F_GETFL) & O_ACCMODE);
}

TEST_F(forbidden, descriptor_itself_cannot_write)
{
	int fd = sealmem_readonly_region_fd(&self->region);

	EXPECT_ERRNO(EBADF, pwrite(fd, "x", 1, 0));
	EXPECT_ERRNO(EINVAL, ftruncate(fd, 0));
	EXPECT_MAP_ERRNO(EACCES, map_shared(fd, SIZE, PROT_READ | PROT_WRITE));
}

TEST_F(forbidden, reader_sees_what_the_writer_writes)
{
	struct sealmem_readonly_mapping view = { 0 };

	ASSERT_OK(sealmem_readonly_region_map(&self->region, &view));
	EXPECT_TRUE(is_filled(view.addr, 0, SIZE));
	memset(self->writer.addr, FILL, SIZE);
	EXPECT_TRUE(is_filled(view.addr, FILL, SIZE));
	EXPECT_TRUE(sealmem_token_equal(
		view.token, sealmem_readonly_region_token(&self->region)));
	sealmem_readonly_mapping_unmap(&view);
}

TEST_F(forbidden, memory_cannot_be_given_a_name)
{
	char from[64], to[64];
	int fd = sealmem_readonly_region_fd(&self->region);

	snprintf(from, sizeof(from), "/proc/self/fd/%d", fd);
	snprintf(to, sizeof(to), "/dev/shm/sealmem-test-%d", getpid());
	EXPECT_ERRNO(ENOENT, linkat(AT_FDCWD, from, AT_FDCWD, to,
				    AT_SYMLINK_FOLLOW));
	unlink(to);
}

TEST(other_kinds_say_that_their_size_is_not_sealed)
{
	struct sealmem_writable_region writable = { 0 };
	struct sealmem_unsafe_region unsafe = { 0 };

	EXPECT_FALSE(sealmem_writable_region_is_size_sealed(&writable));
	EXPECT_FALSE(sealmem_unsafe_region_is_size_sealed(&unsafe));
	forbid_memfd();
	ASSERT_OK(sealmem_unsafe_region_create(SIZE, &weaker, &unsafe));
	EXPECT_FALSE(sealmem_unsafe_region_is_size_sealed(&unsafe));
	sealmem_unsafe_region_close(&unsafe);
	ASSERT_OK(sealmem_writable_region_create(SIZE, &weaker, &writable));
	EXPECT_FALSE(sealmem_writable_region_is_size_sealed(&writable));
	ASSERT_OK(sealmem_writable_region_to_unsafe(&writable, &unsafe));
	EXPECT_FALSE(sealmem_unsafe_region_is_size_sealed(&unsafe));
	sealmem_unsafe_region_close(&unsafe);
}

TEST(sealed_size_is_what_one_gets_where_it_can_be_had)
{
	struct sealmem_writable_region writable = { 0 };
	struct sealmem_unsafe_region unsafe = { 0 };

	ASSERT_OK(sealmem_writable_region_create(SIZE, &weaker, &writable));
	EXPECT_TRUE(sealmem_writable_region_is_size_sealed(&writable));
	ASSERT_OK(sealmem_writable_region_to_unsafe(&writable, &unsafe));
	EXPECT_TRUE(sealmem_unsafe_region_is_size_sealed(&unsafe));
	EXPECT_EQ(UNSAFE_SEALS, seals_of(sealmem_unsafe_region_fd(&unsafe)));
	sealmem_unsafe_region_close(&unsafe);
}

TEST(file_cannot_be_frozen)
{
	struct sealmem_writable_region writable = { 0 };
	struct sealmem_readonly_region region = { 0 };
	struct sealmem_writable_mapping writer = { 0 };

	forbid_memfd();
	ASSERT_OK(sealmem_writable_region_create(SIZE, &weaker, &writable));
	EXPECT_ERR(EOPNOTSUPP,
		   sealmem_writable_region_freeze(&writable, &region));
	/* It is as writable as it was, and can become what it can be. */
	ASSERT_OK(sealmem_writable_region_map(&writable, &writer));
	ASSERT_OK(sealmem_writable_region_to_readonly(&writable, &region));
	EXPECT_EQ(SEALMEM_LEVEL_FILE, sealmem_readonly_region_level(&region));
	sealmem_writable_mapping_unmap(&writer);
	sealmem_readonly_region_close(&region);
}

TEST(copied_data_is_not_called_frozen)
{
	struct sealmem_readonly_region region = { 0 };
	struct sealmem_readonly_mapping view = { 0 };

	forbid_memfd();
	ASSERT_OK(sealmem_readonly_region_create_from("data", 5, &weaker,
						      &region));
	EXPECT_EQ(SEALMEM_LEVEL_FILE, sealmem_readonly_region_level(&region));
	EXPECT_FALSE(sealmem_readonly_region_is_frozen(&region));
	ASSERT_OK(sealmem_readonly_region_map(&region, &view));
	EXPECT_STREQ("data", (const char *)view.addr);
	sealmem_readonly_mapping_unmap(&view);
	sealmem_readonly_region_close(&region);
}

/* What may be different next time is an error, not a reason for a file. */
TEST(passing_failure_makes_no_file)
{
	static const int errors[] = { EMFILE, ENFILE, ENOMEM };
	struct sealmem_unsafe_region region = { 0 };

	/* Of several filters that refuse, the last one's errno counts. */
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		refuse_call(SYS_memfd_create, (unsigned int)errors[i]);
		EXPECT_EQ(-errors[i], sealmem_unsafe_region_create(
					      SIZE, &weaker, &region));
	}
}

/* --- without /dev/shm ----------------------------------------------------- */

/* Exit code of a child that could not even set up its stage. */
#define NO_STAGE 77

static void enter_stage(const char *type, const char *where,
			unsigned long flags, const char *options)
{
	if (unshare(CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("stage", where, type, flags, options) < 0)
		_exit(NO_STAGE);
}

static void no_folder(void)
{
	enter_stage("tmpfs", "/dev", 0, NULL);
}

static void unwritable_folder(void)
{
	enter_stage("tmpfs", "/dev/shm", MS_RDONLY, NULL);
}

static void full_folder(void)
{
	char options[32];

	/* Room for a page, and a region is two. */
	snprintf(options, sizeof(options), "size=%zu", page_size());
	enter_stage("tmpfs", "/dev/shm", 0, options);
}

static void folder_of_others(void)
{
	enter_stage("tmpfs", "/dev/shm", 0, "mode=0700");
	if (setresgid(NOBODY, NOBODY, NOBODY) < 0 ||
	    setresuid(NOBODY, NOBODY, NOBODY) < 0)
		_exit(NO_STAGE);
}

static void folder_that_is_no_tmpfs(void)
{
	enter_stage("ramfs", "/dev/shm", 0, NULL);
}

FIXTURE(folder)
{
	int unused;
};

FIXTURE_VARIANT(folder)
{
	void (*enter)(void);
	int error;
};

FIXTURE_VARIANT_ADD(folder, is_not_there)
{ .enter = no_folder, .error = ENOENT };
FIXTURE_VARIANT_ADD(folder, is_mounted_readonly)
{ .enter = unwritable_folder, .error = EROFS };
FIXTURE_VARIANT_ADD(folder, is_full)
{ .enter = full_folder, .error = ENOSPC };
FIXTURE_VARIANT_ADD(folder, belongs_to_others)
{ .enter = folder_of_others, .error = EACCES };
FIXTURE_VARIANT_ADD(folder, is_no_tmpfs)
{ .enter = folder_that_is_no_tmpfs, .error = EOPNOTSUPP };

FIXTURE_SETUP(folder)
{
	self->unused = 0;
}

FIXTURE_TEARDOWN(folder)
{
	self->unused = 0;
}

static void expect_no_region(int error)
{
	struct sealmem_readonly_region region = { 0 };
	struct sealmem_unsafe_region unsafe = { 0 };
	struct sealmem_writable_mapping writer = { 0 };
	size_t size = page_size() + 1;
	int lowest = dup(0), after;

	close(lowest);
	EXPECT_EQ(-error, sealmem_readonly_region_create(size, &weaker, &region,
							 &writer));
	EXPECT_EQ(-error, sealmem_unsafe_region_create(size, &weaker, &unsafe));
	EXPECT_EQ(0, writer.size);
	EXPECT_TRUE(sealmem_readonly_region_is_empty(&region));
	/* Nothing was left open: the harness cannot look in here. */
	after = dup(0);
	EXPECT_EQ(lowest, after);
	close(after);
}

TEST_F(folder, is_an_error_and_no_abort)
{
	pid_t child = fork();
	int status;

	ASSERT_SYS(child);
	if (child == 0) {
		variant->enter();
		refuse_call(SYS_memfd_create, EPERM);
		expect_no_region(variant->error);
		_exit(0);
	}
	ASSERT_EQ(child, waitpid(child, &status, 0));
	if (WIFEXITED(status) && WEXITSTATUS(status) == NO_STAGE)
		SKIP("needs root for a mount namespace");
	EXPECT_EQ(0, status);
}

TH_MAIN
