/* SPDX-License-Identifier: MIT */
/*
 * What other processes get: by fork, by exec, as another user, and what is
 * deliberately not promised. Gaps 4, 6 and 13 of upstream's tests among them.
 */
#include <stdio.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "kinds.h"

#define SIZE 1024
#define NOBODY 65534

static bool is_close_on_exec(int fd)
{
	int flags = fcntl(fd, F_GETFD);

	ASSERT_SYS(flags);
	return flags & FD_CLOEXEC;
}

/* Gap 6. */
TEST(every_descriptor_is_close_on_exec)
{
	struct made live, unsafe, writable;
	struct sealmem_readonly_region copy = { 0 }, frozen = { 0 };
	struct sealmem_unsafe_region other = { 0 };

	ASSERT_OK(made_create(&live, SEALMEM_KIND_READONLY, SIZE));
	ASSERT_OK(made_create(&unsafe, SEALMEM_KIND_UNSAFE, SIZE));
	ASSERT_OK(made_create(&writable, SEALMEM_KIND_WRITABLE, SIZE));
	ASSERT_OK(sealmem_readonly_region_dup(&live.readonly, &copy));
	ASSERT_OK(sealmem_unsafe_region_dup(&unsafe.unsafe, &other));
	ASSERT_OK(sealmem_readonly_region_create_from("", 1, NULL, &frozen));
	EXPECT_TRUE(is_close_on_exec(made_fd(&live)));
	EXPECT_TRUE(is_close_on_exec(made_fd(&unsafe)));
	EXPECT_TRUE(is_close_on_exec(made_fd(&writable)));
	EXPECT_TRUE(is_close_on_exec(sealmem_readonly_region_fd(&copy)));
	EXPECT_TRUE(is_close_on_exec(sealmem_unsafe_region_fd(&other)));
	EXPECT_TRUE(is_close_on_exec(sealmem_readonly_region_fd(&frozen)));
	sealmem_readonly_region_close(&copy);
	sealmem_readonly_region_close(&frozen);
	sealmem_unsafe_region_close(&other);
	made_close(&live);
	made_close(&unsafe);
	made_close(&writable);
}

/* How a child that runs this ends: its exit code, or minus its signal. */
static int in_child(void (*run)(struct made *made), struct made *made)
{
	pid_t child = fork();
	int status;

	ASSERT_SYS(child);
	if (child == 0) {
		signal(SIGSEGV, SIG_DFL);
		run(made);
		_exit(0);
	}
	ASSERT_EQ(child, waitpid(child, &status, 0));
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static void store_through_writer(struct made *made)
{
	*(volatile char *)made->writer.addr = 'c';
}

/* Gap 13: the mapping survives the conversion, but not into a child. */
TEST(writer_is_not_inherited_by_fork)
{
	struct made live, writable;

	ASSERT_OK(made_create(&live, SEALMEM_KIND_READONLY, SIZE));
	ASSERT_OK(made_create(&writable, SEALMEM_KIND_WRITABLE, SIZE));
	store_through_writer(&live);
	EXPECT_EQ('c', *(char *)live.writer.addr);
	EXPECT_EQ(-SIGSEGV, in_child(store_through_writer, &live));
	EXPECT_EQ(-SIGSEGV, in_child(store_through_writer, &writable));
	EXPECT_EQ(FILL, *(char *)writable.writer.addr);
	made_close(&live);
	made_close(&writable);
}

TEST(unsafe_mapping_is_inherited_by_fork)
{
	struct made unsafe;

	ASSERT_OK(made_create(&unsafe, SEALMEM_KIND_UNSAFE, SIZE));
	EXPECT_EQ(0, in_child(store_through_writer, &unsafe));
	EXPECT_EQ('c', *(char *)unsafe.writer.addr);
	made_close(&unsafe);
}

static void read_and_attack(struct made *made)
{
	struct view view;
	int again;

	EXPECT_OK(made_map(made, &view));
	EXPECT_EQ(FILL, view.bytes[0]);
	again = reopen_readwrite(made_fd(made));
	EXPECT_SYS(again);
	EXPECT_ERRNO(EPERM, pwrite(again, "x", 1, 0));
	EXPECT_MAP_ERRNO(EPERM, map_shared(again, SIZE, PROT_READ | PROT_WRITE));
}

/* Gap 4, from the process that it is about. */
TEST(child_with_the_descriptor_can_read_and_not_write)
{
	struct made live;

	ASSERT_OK(made_create(&live, SEALMEM_KIND_READONLY, SIZE));
	EXPECT_EQ(0, in_child(read_and_attack, &live));
	made_close(&live);
}

static void attack_as_nobody(struct made *made)
{
	char path[64];
	struct view view;

	if (setresgid(NOBODY, NOBODY, NOBODY) < 0 ||
	    setresuid(NOBODY, NOBODY, NOBODY) < 0)
		_exit(1);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", made_fd(made));
	EXPECT_ERRNO(EACCES, open(path, O_RDWR));
	EXPECT_ERRNO(EACCES, open(path, O_RDONLY));
	EXPECT_ERRNO(EPERM, fchmod(made_fd(made), 0666));
	EXPECT_OK(made_map(made, &view));
	EXPECT_EQ(FILL, view.bytes[0]);
}

TEST(other_user_cannot_even_open_it_again)
{
	struct made live;

	if (getuid() != 0)
		SKIP("needs root to become another user");
	ASSERT_OK(made_create(&live, SEALMEM_KIND_READONLY, SIZE));
	EXPECT_EQ(0, in_child(attack_as_nobody, &live));
	made_close(&live);
}

static void reopen_as_nobody(struct made *made)
{
	char path[64];

	if (setresgid(NOBODY, NOBODY, NOBODY) < 0 ||
	    setresuid(NOBODY, NOBODY, NOBODY) < 0)
		_exit(1);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", made_fd(made));
	EXPECT_ERRNO(EACCES, open(path, O_RDWR));
	EXPECT_SYS(open(path, O_RDONLY));
}

TEST(other_user_may_open_it_for_reading_if_asked_for)
{
	struct sealmem_options options = {
		.struct_size = sizeof(options),
		.flags = SEALMEM_CREATE_OTHER_USERS,
	};
	struct made live = { .kind = SEALMEM_KIND_READONLY };

	if (getuid() != 0)
		SKIP("needs root to become another user");
	ASSERT_OK(sealmem_readonly_region_create(SIZE, &options, &live.readonly,
						 &live.writer));
	EXPECT_EQ(0, in_child(reopen_as_nobody, &live));
	made_close(&live);
}

/* --- what is not promised: SECURITY.md says so, and this keeps it honest -- */

/* Who may change the writer's memory needs no descriptor of ours. */
TEST(not_promised_ptrace_of_the_writer)
{
	struct made live;
	pid_t child;
	int status;

	ASSERT_OK(made_create(&live, SEALMEM_KIND_READONLY, SIZE));
	child = fork();
	ASSERT_SYS(child);
	if (child == 0) {
		char mark = 'p';
		struct iovec from = { &mark, 1 };
		struct iovec to = { live.writer.addr, 1 };

		_exit(process_vm_writev(getppid(), &from, 1, &to, 1, 0) == 1 ?
			      0 :
			      errno);
	}
	ASSERT_EQ(child, waitpid(child, &status, 0));
	ASSERT_TRUE(WIFEXITED(status));
	if (WEXITSTATUS(status) == 0)
		EXPECT_EQ('p', *(char *)live.writer.addr);
	else
		EXPECT_EQ(EPERM, WEXITSTATUS(status));
	made_close(&live);
}

TEST(not_promised_execution)
{
	struct made live;
	void *addr;

	ASSERT_OK(made_create(&live, SEALMEM_KIND_READONLY, SIZE));
	addr = map_shared(made_fd(&live), SIZE, PROT_READ | PROT_EXEC);
	if (addr == MAP_FAILED)
		SKIP("a policy of this system forbids it: %s", strerror(errno));
	munmap(addr, SIZE);
	made_close(&live);
}

TEST(not_promised_revocation)
{
	struct made live;
	struct view view;

	ASSERT_OK(made_create(&live, SEALMEM_KIND_READONLY, SIZE));
	ASSERT_OK(made_map(&live, &view));
	made_close(&live);
	/* Neither the region nor its writer is there, and it is still read. */
	EXPECT_TRUE(is_filled(view.bytes, FILL, SIZE));
	view_unmap(&view);
}

/* The owner's own processes change the mode; the seals do not care. */
TEST(not_promised_metadata)
{
	struct made live;
	struct stat st;

	ASSERT_OK(made_create(&live, SEALMEM_KIND_READONLY, SIZE));
	ASSERT_SYS(fchmod(made_fd(&live), 0666));
	ASSERT_SYS(fstat(made_fd(&live), &st));
	EXPECT_EQ(S_IFREG | 0666, st.st_mode);
	made_close(&live);
}

TH_MAIN
