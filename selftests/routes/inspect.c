/* SPDX-License-Identifier: MIT */
/*
 * What memory of somebody else guarantees, found without changing it: system
 * calls on the descriptor, and no mapping, which could fault.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "selftests/routes/routes.h"

#ifndef HUGETLBFS_MAGIC
#define HUGETLBFS_MAGIC	0x958458f6
#endif

#define SIZE_SEALS	(F_SEAL_SHRINK | F_SEAL_GROW)
#define LIVE_SEALS	(SIZE_SEALS | F_SEAL_FUTURE_WRITE)
#define FROZEN_SEALS	(SIZE_SEALS | F_SEAL_WRITE)

int attack_take_fd(pid_t pid, int fd)
{
	int process = (int)syscall(SYS_pidfd_open, pid, 0);
	int copy, ret;

	if (process < 0)
		return -errno;
	copy = (int)syscall(SYS_pidfd_getfd, process, fd, 0);
	ret = copy < 0 ? -errno : copy;
	close(process);
	return ret;
}

static bool has(int seals, int wanted)
{
	return (seals & wanted) == wanted;
}

/* Only what nobody can add seals to has a level that lasts. */
static enum attack_kind level_of(int seals)
{
	if (has(seals, FROZEN_SEALS))
		return ATTACK_FROZEN;
	if (has(seals, LIVE_SEALS))
		return ATTACK_LIVE;
	return has(seals, SIZE_SEALS) ? ATTACK_UNSAFE : ATTACK_CONTROL;
}

/* The position is shared with its holders, so it goes back. */
static bool has_holes(int fd, off_t size)
{
	off_t position = lseek(fd, 0, SEEK_CUR);
	off_t hole = lseek(fd, 0, SEEK_HOLE);

	if (position >= 0)
		lseek(fd, position, SEEK_SET);
	return hole >= 0 && hole < size;
}

/* The seals come first: what has none may be a file that blocks. */
int attack_inspect(int fd, struct attack_inspection *ret)
{
	struct statfs fs = { 0 };
	struct stat st;
	int flags = fcntl(fd, F_GETFL);
	int seals = fcntl(fd, F_GET_SEALS);

	if (flags < 0 || seals < 0)
		return -errno;
	if (fstat(fd, &st) < 0 || fstatfs(fd, &fs) < 0)
		return -errno;
	*ret = (struct attack_inspection){
		.level = level_of(seals),
		.seals = (unsigned int)seals,
		.sealed = seals & F_SEAL_SEAL,
		.readable = (flags & O_ACCMODE) != O_WRONLY,
		.writable = (flags & O_ACCMODE) != O_RDONLY,
		.mode = st.st_mode & 07777,
		.owner = st.st_uid,
		.size = (uint64_t)st.st_size,
		.holes = has_holes(fd, st.st_size),
		.huge = (unsigned int)fs.f_type == HUGETLBFS_MAGIC,
	};
	return 0;
}

const char *attack_level_text(const struct attack_inspection *inspection)
{
	switch (inspection->level) {
	case ATTACK_FROZEN:
		return "Frozen: neither its content nor its size can change.";
	case ATTACK_LIVE:
		return "Live: its size is fixed, and only mappings that are "
		       "there can write to it.";
	case ATTACK_UNSAFE:
		return "Size only: its size is fixed, but who may write can "
		       "change its content.";
	default:
		return "Nothing: its size can change at any time, and kill by "
		       "SIGBUS who maps it.";
	}
}
