/* SPDX-License-Identifier: MIT */
/*
 * Kernels and sandboxes that lack something, stood in for by a system call
 * filter: what is missing is reported or done without, and no guarantee gets
 * weaker unless its weaker form was asked for by name.
 */
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include "filter.h"
#include "kinds.h"

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#endif
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif

#define SIZE 1024
#define SIZE_SEALS ((unsigned int)(F_SEAL_SHRINK | F_SEAL_GROW))

static void expect_nothing_can_be_created(int error)
{
	struct sealmem_writable_region writable = { 0 };
	struct sealmem_unsafe_region unsafe = { 0 };
	struct sealmem_readonly_region readonly = { 0 };
	struct sealmem_writable_mapping mapping = { 0 };

	EXPECT_EQ(-error, sealmem_writable_region_create(SIZE, NULL, &writable));
	EXPECT_EQ(-error, sealmem_unsafe_region_create(SIZE, NULL, &unsafe));
	EXPECT_EQ(-error, sealmem_readonly_region_create(SIZE, NULL, &readonly,
							 &mapping));
	EXPECT_EQ(-error, sealmem_readonly_region_create_from("", 1, NULL,
							      &readonly));
}

TEST(no_memfd_create)
{
	refuse_call(SYS_memfd_create, ENOSYS);
	expect_nothing_can_be_created(ENOSYS);
	EXPECT_FALSE(sealmem_features() & SEALMEM_FEATURE_MEMFD);
}

TEST(memfd_create_forbidden)
{
	refuse_call(SYS_memfd_create, EPERM);
	expect_nothing_can_be_created(EPERM);
}

/* vm.memfd_noexec=2 on a kernel where the flag got lost on its way. */
TEST(memfd_create_denied_by_policy)
{
	refuse_call(SYS_memfd_create, EACCES);
	expect_nothing_can_be_created(EACCES);
}

/* Linux before 6.3: born with mode 0777, and the only flag dropped is this. */
TEST(no_noexec_seal)
{
	struct sealmem_readonly_region region = { 0 };
	struct sealmem_writable_mapping writer = { 0 };
	struct stat st;

	refuse((struct rule){ .number = SYS_memfd_create,
			      .argument = 1,
			      .bits = MFD_NOEXEC_SEAL },
	       EINVAL);
	ASSERT_OK(sealmem_readonly_region_create(SIZE, NULL, &region, &writer));
	ASSERT_SYS(fstat(sealmem_readonly_region_fd(&region), &st));
	EXPECT_EQ(S_IFREG | 0400, st.st_mode);
	EXPECT_EQ(SIZE_SEALS | F_SEAL_FUTURE_WRITE | F_SEAL_SEAL,
		  (unsigned)fcntl(sealmem_readonly_region_fd(&region),
				  F_GET_SEALS));
	EXPECT_FALSE(sealmem_features() & SEALMEM_FEATURE_NOEXEC_SEAL);
	sealmem_writable_mapping_unmap(&writer);
	sealmem_readonly_region_close(&region);
}

/* Only EINVAL means that the flag is unknown. */
TEST(noexec_seal_forbidden_is_not_missing)
{
	struct sealmem_unsafe_region region = { 0 };

	refuse((struct rule){ .number = SYS_memfd_create,
			      .argument = 1,
			      .bits = MFD_NOEXEC_SEAL },
	       EPERM);
	EXPECT_ERR(EPERM, sealmem_unsafe_region_create(SIZE, NULL, &region));
}

/* Linux before 5.1. */
TEST(no_future_write_seal)
{
	struct sealmem_writable_region writable = { 0 };
	struct sealmem_readonly_region readonly = { 0 };
	struct sealmem_writable_mapping mapping = { 0 };

	ASSERT_OK(sealmem_writable_region_create(SIZE, NULL, &writable));
	refuse_seal(F_SEAL_FUTURE_WRITE, EINVAL);
	EXPECT_ERR(EOPNOTSUPP,
		   sealmem_writable_region_to_readonly(&writable, &readonly));
	EXPECT_EQ(SIZE_SEALS, seals_of(sealmem_writable_region_fd(&writable)));
	EXPECT_ERR(EOPNOTSUPP, sealmem_readonly_region_create(
				       SIZE, NULL, &readonly, &mapping));
	EXPECT_FALSE(sealmem_features() & SEALMEM_FEATURE_FUTURE_WRITE_SEAL);
	/* The right to write was not lost over it. */
	ASSERT_OK(sealmem_writable_region_map(&writable, &mapping));
	sealmem_writable_mapping_unmap(&mapping);
	/* Frozen needs no such seal. */
	EXPECT_OK(sealmem_writable_region_freeze(&writable, &readonly));
	sealmem_readonly_region_close(&readonly);
}

TEST(no_future_write_seal_and_the_weaker_level_asked_for)
{
	struct sealmem_options options = {
		.struct_size = sizeof(options),
		.flags = SEALMEM_CREATE_DESCRIPTOR_LEVEL,
	};
	struct sealmem_readonly_region region = { 0 };
	struct sealmem_writable_mapping writer = { 0 };
	struct sealmem_descriptor parts = { 0 };

	refuse_seal(F_SEAL_FUTURE_WRITE, EINVAL);
	ASSERT_OK(sealmem_readonly_region_create(SIZE, &options, &region,
						 &writer));
	EXPECT_EQ(SEALMEM_LEVEL_DESCRIPTOR,
		  sealmem_readonly_region_level(&region));
	EXPECT_EQ(SIZE_SEALS | F_SEAL_SEAL,
		  seals_of(sealmem_readonly_region_fd(&region)));
	/* Receivers do not take it for more than it is. */
	ASSERT_OK(sealmem_readonly_region_export(&region, &parts));
	EXPECT_ERR(EPROTO,
		   sealmem_readonly_region_import(&parts, NULL, &region));
	EXPECT_EQ(SEALMEM_REFUSAL_NO_WRITE_SEAL, parts.refusal);
	sealmem_writable_mapping_unmap(&writer);
}

/* Asked for, but not needed: then it is not what one gets. */
TEST(the_weaker_level_is_not_used_without_need)
{
	struct sealmem_options options = {
		.struct_size = sizeof(options),
		.flags = SEALMEM_CREATE_DESCRIPTOR_LEVEL,
	};
	struct sealmem_readonly_region region = { 0 };
	struct sealmem_writable_mapping writer = { 0 };

	ASSERT_OK(sealmem_readonly_region_create(SIZE, &options, &region,
						 &writer));
	EXPECT_EQ(SEALMEM_LEVEL_LIVE, sealmem_readonly_region_level(&region));
	sealmem_writable_mapping_unmap(&writer);
	sealmem_readonly_region_close(&region);
}

TEST(freeze_never_sets_a_weaker_seal)
{
	struct sealmem_writable_region writable = { 0 };
	struct sealmem_readonly_region readonly = { 0 };

	ASSERT_OK(sealmem_writable_region_create(SIZE, NULL, &writable));
	refuse_seal(F_SEAL_WRITE, EBUSY);
	EXPECT_ERR(EBUSY, sealmem_writable_region_freeze(&writable, &readonly));
	EXPECT_EQ(SIZE_SEALS, seals_of(sealmem_writable_region_fd(&writable)));
	sealmem_writable_region_close(&writable);
}

/* A sandbox whose filter knows the older seals only. */
TEST(future_write_seal_forbidden)
{
	struct sealmem_readonly_region region = { 0 };
	struct sealmem_writable_mapping writer = { 0 };

	refuse_seal(F_SEAL_FUTURE_WRITE, EPERM);
	EXPECT_ERR(EPERM, sealmem_readonly_region_create(SIZE, NULL, &region,
							 &writer));
	EXPECT_EQ(0, writer.size);
}

static void expect_no_conversion(int error)
{
	struct sealmem_writable_region writable = { 0 };
	struct sealmem_readonly_region readonly = { 0 };
	struct sealmem_unsafe_region unsafe = { 0 };
	struct sealmem_writable_mapping mapping = { 0 };

	ASSERT_OK(sealmem_writable_region_create(SIZE, NULL, &writable));
	EXPECT_EQ(-error,
		  sealmem_writable_region_to_readonly(&writable, &readonly));
	EXPECT_EQ(-error, sealmem_writable_region_freeze(&writable, &readonly));
	EXPECT_EQ(SIZE_SEALS, seals_of(sealmem_writable_region_fd(&writable)));
	ASSERT_OK(sealmem_writable_region_map(&writable, &mapping));
	sealmem_writable_mapping_unmap(&mapping);
	/* Unsafe regions need no second descriptor. */
	ASSERT_OK(sealmem_writable_region_to_unsafe(&writable, &unsafe));
	sealmem_unsafe_region_close(&unsafe);
}

/* The harness counts in procfs, so what cannot see it is in a child. */
TEST(no_procfs)
{
	pid_t child = fork();
	int status;

	ASSERT_SYS(child);
	if (child == 0) {
		refuse_call(SYS_openat, ENOENT);
#ifdef SYS_open
		refuse_call(SYS_open, ENOENT);
#endif
		expect_no_conversion(ENOENT);
		EXPECT_FALSE(sealmem_features() & SEALMEM_FEATURE_REOPEN);
		_exit(0);
	}
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
}

/* A file system of one's own in place of procfs, with a file for each fd. */
static bool mount_a_lie(void)
{
	char path[64];
	int file;

	if (unshare(CLONE_NEWNS) < 0)
		return false;
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("lie", "/proc", "tmpfs", 0, NULL) < 0)
		return false;
	mkdir("/proc/self", 0700);
	mkdir("/proc/self/fd", 0700);
	for (int fd = 0; fd < 64; fd++) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		file = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
		if (file < 0)
			return false;
		close(file);
	}
	return true;
}

TEST(procfs_that_is_none)
{
	pid_t child = fork();
	int status;

	ASSERT_SYS(child);
	if (child == 0) {
		if (!mount_a_lie())
			_exit(77);
		expect_no_conversion(EOPNOTSUPP);
		_exit(0);
	}
	ASSERT_EQ(child, waitpid(child, &status, 0));
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		SKIP("needs root for a mount namespace");
	EXPECT_EQ(0, status);
}

TEST(no_descriptor_left)
{
	struct rlimit limit;
	struct sealmem_writable_region writable = { 0 };
	struct sealmem_readonly_region readonly = { 0 };
	int fds[64], count = 0;

	ASSERT_OK(sealmem_writable_region_create(SIZE, NULL, &writable));
	ASSERT_SYS(getrlimit(RLIMIT_NOFILE, &limit));
	limit.rlim_cur = 64;
	ASSERT_SYS(setrlimit(RLIMIT_NOFILE, &limit));
	while (count < 64 && (fds[count] = dup(0)) >= 0)
		count++;
	EXPECT_ERR(EMFILE,
		   sealmem_writable_region_to_readonly(&writable, &readonly));
	EXPECT_EQ(SIZE_SEALS, seals_of(sealmem_writable_region_fd(&writable)));
	expect_nothing_can_be_created(EMFILE);
	while (count > 0)
		close(fds[--count]);
	ASSERT_OK(sealmem_writable_region_to_readonly(&writable, &readonly));
	sealmem_readonly_region_close(&readonly);
}

TEST(file_size_limit_is_an_error_and_no_signal)
{
	struct rlimit limit = { .rlim_cur = page_size(),
				.rlim_max = RLIM_INFINITY };
	struct sealmem_unsafe_region region = { 0 };

	if (setrlimit(RLIMIT_FSIZE, &limit) < 0) {
		limit.rlim_max = limit.rlim_cur;
		ASSERT_SYS(setrlimit(RLIMIT_FSIZE, &limit));
	}
	EXPECT_ERR(EFBIG, sealmem_unsafe_region_create(page_size() + 1, NULL,
						       &region));
	EXPECT_OK(sealmem_unsafe_region_create(page_size(), NULL, &region));
	sealmem_unsafe_region_close(&region);
}

/* Linux before 5.14. */
TEST(no_populate_read)
{
	struct sealmem_options lazy = {
		.struct_size = sizeof(lazy),
		.flags = SEALMEM_CREATE_LAZY,
	};
	struct sealmem_readonly_region region = { 0 };
	struct sealmem_writable_mapping writer = { 0 };
	struct sealmem_readonly_mapping view = { 0 };

	refuse((struct rule){ .number = SYS_madvise,
			      .argument = 2,
			      .bits = MADV_POPULATE_READ },
	       EINVAL);
	ASSERT_OK(sealmem_readonly_region_create(SIZE, &lazy, &region,
						 &writer));
	EXPECT_ERR(EOPNOTSUPP, sealmem_readonly_region_map(&region, &view));
	EXPECT_EQ(0, view.size);
	sealmem_writable_mapping_unmap(&writer);
	sealmem_readonly_region_close(&region);
	/* Where everything is there from birth nothing is to be filled. */
	ASSERT_OK(sealmem_readonly_region_create(SIZE, NULL, &region, &writer));
	ASSERT_OK(sealmem_readonly_region_map(&region, &view));
	sealmem_readonly_mapping_unmap(&view);
	sealmem_writable_mapping_unmap(&writer);
	sealmem_readonly_region_close(&region);
}

TEST(no_dontfork_no_writer)
{
	struct sealmem_readonly_region region = { 0 };
	struct sealmem_writable_mapping writer = { 0 };

	refuse((struct rule){ .number = SYS_madvise,
			      .other = 2,
			      .value = MADV_DONTFORK },
	       EINVAL);
	EXPECT_ERR(EINVAL, sealmem_readonly_region_create(SIZE, NULL, &region,
							  &writer));
	EXPECT_EQ(0, writer.size);
}

static void refuse_a_pipe_without_fork(void)
{
	struct sealmem_descriptor parts = { .kind = SEALMEM_KIND_READONLY,
					    .size = 1,
					    .token = { 1, 2 } };
	struct sealmem_readonly_region region = { 0 };
	int fds[2];

	ASSERT_SYS(pipe2(fds, O_CLOEXEC));
	refuse_call(SYS_clone, EPERM);
	parts.fd = fds[0];
	EXPECT_ERR(EPROTO,
		   sealmem_readonly_region_import(&parts, NULL, &region));
	EXPECT_EQ(SEALMEM_REFUSAL_NOT_SEALABLE, parts.refusal);
	EXPECT_ERRNO(EBADF, fcntl(fds[0], F_GETFD));
}

/* What is refused is closed all the same. In a child: sanitizers fork too. */
TEST(refusal_without_fork)
{
	pid_t child = fork();
	int status;

	ASSERT_SYS(child);
	if (child == 0) {
		refuse_a_pipe_without_fork();
		_exit(0);
	}
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
}

TEST(no_random_numbers)
{
	refuse_call(SYS_getrandom, ENOSYS);
	expect_nothing_can_be_created(ENOSYS);
}

TH_MAIN
