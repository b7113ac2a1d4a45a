/* SPDX-License-Identifier: MIT */
/* Descriptors: close, copy, open again, and what they are. */
#include "sealing/sealing.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sealing/uapi.h"

void sealing_close(int fd)
{
	int saved = errno;

	/* Closed already: by now the number may be somebody else's file. */
	if (close(fd) < 0 && errno == EBADF)
		abort();
	errno = saved;
}

/* A fork that shares the descriptor table and raises no SIGCHLD at its end. */
static pid_t fork_with_files(void)
{
#ifdef __s390__
	return (pid_t)syscall(SYS_clone, NULL, (unsigned long)CLONE_FILES, NULL,
			      NULL, NULL);
#else
	return (pid_t)syscall(SYS_clone, (unsigned long)CLONE_FILES, NULL, NULL,
			      NULL, NULL);
#endif
}

/* 50 ms is for ever if nothing is wrong, and short if something is. */
static void wait_a_little(pid_t child)
{
	const struct timespec pause = { .tv_nsec = 100 * 1000 };

	for (int i = 0; i < 500; i++) {
		if (waitpid(child, NULL, __WCLONE | WNOHANG) != 0)
			return;
		nanosleep(&pause, NULL);
	}
}

static void close_here(const int *fds, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		close(fds[i]);
}

/* The closer is a grandchild: if it gets stuck, nobody has to wait for it. */
static void close_in_grandchild(const int *fds, unsigned int count)
{
	pid_t child = fork_with_files();

	if (child > 0)
		wait_a_little(child);
	else
		close_here(fds, count);
	_exit(0);
}

static void close_elsewhere(const int *fds, unsigned int count)
{
	pid_t child = fork_with_files();

	if (child == 0)
		close_in_grandchild(fds, count);
	/* A filter forbids it: better to wait for the peer than to leak. */
	if (child < 0)
		close_here(fds, count);
	while (child > 0 && waitpid(child, NULL, __WCLONE) < 0 &&
	       errno == EINTR)
		;
}

/* Seals: memory. EBADF: O_PATH, which reaches no filesystem, or none. */
static bool is_harmless(int fd)
{
	return fcntl(fd, F_GET_SEALS) >= 0 || errno == EBADF;
}

void sealing_discard_all(int *fds, unsigned int count)
{
	int saved = errno;
	unsigned int left = 0;

	for (unsigned int i = 0; i < count; i++)
		if (is_harmless(fds[i]))
			close(fds[i]);
		else
			fds[left++] = fds[i];
	if (left > 0)
		close_elsewhere(fds, left);
	errno = saved;
}

void sealing_discard(int fd)
{
	sealing_discard_all(&fd, 1);
}

void sealing_close_elsewhere(int fd)
{
	int saved = errno;

	close_elsewhere(&fd, 1);
	errno = saved;
}

int sealing_cloexec(int fd)
{
	return fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 ? -errno : 0;
}

int sealing_keep_on_exec(int fd)
{
	return fcntl(fd, F_SETFD, 0) < 0 ? -errno : 0;
}

int sealing_is_cloexec(int fd, bool *ret_is_cloexec)
{
	int flags = fcntl(fd, F_GETFD);

	if (flags < 0)
		return -errno;
	*ret_is_cloexec = flags & FD_CLOEXEC;
	return 0;
}

int sealing_dup_to(int fd, int target_fd)
{
	int ret;

	/* EBUSY: another thread is opening something there right now. */
	do
		ret = dup2(fd, target_fd);
	while (ret < 0 && (errno == EINTR || errno == EBUSY));
	return ret < 0 ? -errno : 0;
}

int sealing_dup(int fd)
{
	int ret = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	return ret < 0 ? -errno : ret;
}

int sealing_access_mode(int fd, enum sealing_access *ret_access)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0)
		return -errno;
	if (flags & O_PATH)
		return -EBADF;
	switch (flags & O_ACCMODE) {
	case O_RDONLY:
		*ret_access = SEALING_ACCESS_READ;
		break;
	case O_WRONLY:
		*ret_access = SEALING_ACCESS_WRITE;
		break;
	case O_RDWR:
		*ret_access = SEALING_ACCESS_BOTH;
		break;
	default:
		*ret_access = SEALING_ACCESS_NONE;
	}
	return 0;
}

int sealing_reopen_readonly(int fd)
{
	char path[sizeof("/proc/self/fd/-2147483648")];
	int ret;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	do
		ret = open(path, O_RDONLY | O_CLOEXEC);
	while (ret < 0 && errno == EINTR);
	return ret < 0 ? -errno : ret;
}

int sealing_stat(int fd, struct sealing_file *ret_file)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	ret_file->size = (uint64_t)st.st_size;
	ret_file->device = st.st_dev;
	ret_file->inode = st.st_ino;
	ret_file->is_regular = S_ISREG(st.st_mode);
	ret_file->is_executable = (st.st_mode & 0111) != 0;
	return 0;
}

int sealing_is_shmem(int fd, bool *ret_is_shmem)
{
	struct statfs fs;

	if (fstatfs(fd, &fs) < 0)
		return -errno;
	*ret_is_shmem = (unsigned long)fs.f_type == TMPFS_MAGIC;
	return 0;
}

int sealing_first_hole(int fd, uint64_t *ret_offset)
{
	off_t before = lseek(fd, 0, SEEK_CUR);
	off_t offset = before < 0 ? -1 : lseek(fd, 0, SEEK_HOLE);

	if (offset < 0)
		return -errno;
	/* The position is shared with who passed the descriptor. */
	if (lseek(fd, before, SEEK_SET) < 0)
		return -errno;
	*ret_offset = (uint64_t)offset;
	return 0;
}
