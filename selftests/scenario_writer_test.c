/* SPDX-License-Identifier: MIT */
/*
 * What another process of the same user can do to the writer of a live region,
 * and what is left of that once the writer is undumpable.
 */
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "kinds.h"

#define SIZE 1024
#define NOBODY 65534
#define MARK 'm'
/* No errno, nor more than an exit status: the seal's EPERM, not ptrace's. */
#define SEALED 200

/* The same numbers on every architecture. */
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif

/* What the attacker knows of its parent, which forked it. */
struct target {
	pid_t pid;
	void *addr;
	int fd;
};

/* --- the attacks: 0 or an errno ------------------------------------------- */

static int by_process_vm(const struct target *target)
{
	char mark = MARK;
	struct iovec from = { &mark, 1 };
	struct iovec to = { target->addr, 1 };

	return process_vm_writev(target->pid, &from, 1, &to, 1, 0) == 1 ? 0 :
									  errno;
}

static int by_mem_file(const struct target *target)
{
	const char mark = MARK;
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/mem", target->pid);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return errno;
	return pwrite(fd, &mark, 1, (off_t)(uintptr_t)target->addr) == 1 ?
		       0 :
		       errno;
}

static int by_ptrace(const struct target *target)
{
	long word;
	int status, ret = 0;

	if (ptrace(PTRACE_ATTACH, target->pid, NULL, NULL) < 0)
		return errno;
	if (waitpid(target->pid, &status, __WALL) != target->pid)
		return ECHILD;
	memset(&word, MARK, sizeof(word));
	if (ptrace(PTRACE_POKEDATA, target->pid, target->addr,
		   (void *)word) < 0)
		ret = errno;
	ptrace(PTRACE_DETACH, target->pid, NULL, NULL);
	return ret;
}

/* Through a descriptor of the writer's, made as good as it gets. */
static int write_again(int fd)
{
	int again = reopen_readwrite(fd);

	if (again < 0)
		return errno;
	if (pwrite(again, "x", 1, 0) == 1)
		return 0;
	return errno == EPERM ? SEALED : errno;
}

static int by_pidfd(const struct target *target)
{
	int pidfd = (int)syscall(SYS_pidfd_open, target->pid, 0), fd;

	if (pidfd < 0)
		return errno;
	fd = (int)syscall(SYS_pidfd_getfd, pidfd, target->fd, 0);
	return fd < 0 ? errno : write_again(fd);
}

static int by_fd_folder(const struct target *target)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", target->pid,
		 target->fd);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? errno : write_again(fd);
}

/* --- both processes ------------------------------------------------------- */

FIXTURE(attack)
{
	int unused;
};

FIXTURE_VARIANT(attack)
{
	int (*run)(const struct target *target);
	/* What a dumpable writer's attacker gets, and an undumpable one's. */
	int open, closed;
};

FIXTURE_VARIANT_ADD(attack, process_vm_writev)
{
	.run = by_process_vm, .open = 0, .closed = EPERM,
};
FIXTURE_VARIANT_ADD(attack, mem_file)
{
	.run = by_mem_file, .open = 0, .closed = EACCES,
};
FIXTURE_VARIANT_ADD(attack, ptrace)
{
	.run = by_ptrace, .open = 0, .closed = EPERM,
};
FIXTURE_VARIANT_ADD(attack, pidfd_getfd)
{
	.run = by_pidfd, .open = SEALED, .closed = EPERM,
};
FIXTURE_VARIANT_ADD(attack, fd_folder)
{
	.run = by_fd_folder, .open = SEALED, .closed = EACCES,
};

/* Root needs no permission, so neither of the two may be root. */
static void become_nobody(void)
{
	if (getuid() != 0)
		return;
	ASSERT_SYS(setresgid(NOBODY, NOBODY, NOBODY));
	ASSERT_SYS(setresuid(NOBODY, NOBODY, NOBODY));
}

/* A tracer's stop and go may interrupt it. */
static int await(pid_t child)
{
	int status;
	pid_t ended;

	do
		ended = waitpid(child, &status, 0);
	while (ended < 0 && errno == EINTR);
	ASSERT_EQ(child, ended);
	ASSERT_TRUE(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* The attacker's exit status is its errno. */
static int attack_from_a_child(const struct made *live,
			       int (*run)(const struct target *target))
{
	struct target target = { getpid(), live->writer.addr, made_fd(live) };
	pid_t child = fork();

	ASSERT_SYS(child);
	if (child == 0)
		_exit(run(&target));
	return await(child);
}

/* Before there is anything to protect, as it should be done. */
static void become_writer(struct made *live, int dumpable)
{
	become_nobody();
	ASSERT_SYS(prctl(PR_SET_DUMPABLE, dumpable, 0, 0, 0));
	ASSERT_OK(made_create(live, SEALMEM_KIND_READONLY, SIZE));
}

/* An undumpable writer goes on as before: it writes, its readers read. */
static void check_writer(struct made *live)
{
	struct view view;

	ASSERT_OK(made_map(live, &view));
	*(volatile char *)live->writer.addr = 'w';
	EXPECT_EQ('w', view.bytes[0]);
	view_unmap(&view);
}

static void be_attacked_undumpable(int (*run)(const struct target *target),
				   int closed)
{
	struct made live;
	int err;

	become_writer(&live, 0);
	err = attack_from_a_child(&live, run);
	if (err == ENOSYS)
		_exit(TH_EXIT_SKIP);
	EXPECT_EQ(closed, err);
	EXPECT_TRUE(is_filled(live.writer.addr, FILL, SIZE));
	check_writer(&live);
	_exit(0);
}

TEST_F(attack, on_an_undumpable_writer)
{
	pid_t writer = fork();
	int status;

	ASSERT_SYS(writer);
	if (writer == 0)
		be_attacked_undumpable(variant->run, variant->closed);
	status = await(writer);
	if (status == TH_EXIT_SKIP)
		SKIP("this kernel has no such system call");
	EXPECT_EQ(0, status);
}

/* A policy may forbid what the plain rules allow: Yama, or a filter. */
static bool is_forbidden(int err)
{
	return err == EPERM || err == EACCES;
}

static void be_attacked(int (*run)(const struct target *target), int open)
{
	struct made live;
	int err;

	become_writer(&live, 1);
	err = attack_from_a_child(&live, run);
	if (err == ENOSYS)
		_exit(TH_EXIT_SKIP);
	if (err == 0)
		EXPECT_EQ(MARK, *(char *)live.writer.addr);
	else
		EXPECT_TRUE(is_filled(live.writer.addr, FILL, SIZE));
	if (is_forbidden(err))
		TH_LOG("a policy of this system forbids it: %s",
		       strerror(err));
	else
		EXPECT_EQ(open, err);
	_exit(0);
}

/* Its memory is anybody's of that user; its descriptors are sealed. */
TEST_F(attack, not_promised_on_a_dumpable_writer)
{
	pid_t writer = fork();
	int status;

	ASSERT_SYS(writer);
	if (writer == 0)
		be_attacked(variant->run, variant->open);
	status = await(writer);
	if (status == TH_EXIT_SKIP)
		SKIP("this kernel has no such system call");
	EXPECT_EQ(0, status);
}

TH_MAIN
