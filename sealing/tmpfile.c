/* SPDX-License-Identifier: MIT */
/*
 * New memory where memfd_create is forbidden. It is a file that never has a
 * name, and no seal can hold anybody back from it but its mode and how its
 * descriptor is open.
 */
#include <errno.h>
#include <sys/stat.h>

#include "sealing/sealing.h"
#include "sealing/uapi.h"

/* The one tmpfs that every system has. No variable may point elsewhere. */
#define FOLDER "/dev/shm"

/* O_EXCL: it cannot be linked into the folder later either. */
static int create(void)
{
	int fd;

	do
		fd = open(FOLDER, O_TMPFILE | O_EXCL | O_RDWR | O_CLOEXEC,
			  0600);
	while (fd < 0 && errno == EINTR);
	/* A kernel without O_TMPFILE (before 3.11) sees a folder to write to. */
	if (fd < 0)
		return errno == EISDIR ? -EOPNOTSUPP : -errno;
	return fd;
}

static int check_birth(int fd)
{
	struct stat st;
	bool is_shmem;
	int ret = sealing_is_shmem(fd, &is_shmem);

	if (ret < 0)
		return ret;
	if (fstat(fd, &st) < 0)
		return -errno;
	return is_shmem && S_ISREG(st.st_mode) && st.st_nlink == 0 ?
		       0 :
		       -EOPNOTSUPP;
}

int sealing_tmpfile_create(void)
{
	int fd = create(), ret;

	if (fd < 0)
		return fd;
	ret = check_birth(fd);
	if (ret < 0) {
		sealing_close(fd);
		return ret;
	}
	return fd;
}
