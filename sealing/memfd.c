/* SPDX-License-Identifier: MIT */
/*
 * New memory. What leaves sealing_memfd_create() is sealable, or it does not
 * leave: every flag that matters is checked by its effect.
 */
#include "sealing/sealing.h"

#include <errno.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sealing/uapi.h"

static int create(const char *name, unsigned int flags)
{
	int fd = memfd_create(name, flags);

	return fd < 0 ? -errno : fd;
}

/* A memfd born with SEAL (ALLOW_SEALING got lost) could never be protected. */
static int check_birth(int fd)
{
	unsigned int seals;
	int ret = sealing_get(fd, &seals);

	if (ret < 0)
		return ret == -EINVAL ? -EOPNOTSUPP : ret;
	return seals & ~(unsigned int)SEALING_EXEC ? -EOPNOTSUPP : 0;
}

int sealing_memfd_create(const char *name)
{
	unsigned int flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
	int fd, ret;

	fd = create(name, flags | MFD_NOEXEC_SEAL);
	/* Strip this flag alone. Delete when the baseline is Linux 6.3. */
	if (fd == -EINVAL)
		fd = create(name, flags);
	if (fd < 0)
		return fd;

	ret = check_birth(fd);
	if (ret < 0) {
		sealing_close(fd);
		return ret;
	}
	return fd;
}

/* Beyond the limit the kernel raises SIGXFSZ, which kills the host. */
static int check_file_limit(uint64_t size)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_FSIZE, &limit) < 0)
		return -errno;
	if (size > INT64_MAX ||
	    (limit.rlim_cur != RLIM_INFINITY && size > limit.rlim_cur))
		return -EFBIG;
	return 0;
}

int sealing_memfd_resize(int fd, uint64_t size)
{
	int ret = check_file_limit(size);

	if (ret < 0)
		return ret;
	do
		ret = ftruncate(fd, (off_t)size);
	while (ret < 0 && errno == EINTR);
	return ret < 0 ? -errno : 0;
}

int sealing_memfd_chmod(int fd, unsigned int mode)
{
	return fchmod(fd, mode) < 0 ? -errno : 0;
}

static int write_all(int fd, const void *data, size_t size, uint64_t offset)
{
	const char *bytes = data;
	ssize_t done;

	while (size > 0) {
		done = pwrite(fd, bytes, size, (off_t)offset);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return done < 0 ? -errno : -EIO;
		bytes += done;
		offset += (uint64_t)done;
		size -= (size_t)done;
	}
	return 0;
}

int sealing_memfd_write(int fd, const void *data, size_t size)
{
	return write_all(fd, data, size, 0);
}

int sealing_memfd_commit(int fd, size_t size)
{
	return sealing_memfd_zero(fd, 0, size);
}

int sealing_memfd_zero(int fd, uint64_t offset, size_t size)
{
	/* fallocate would reserve the pages, and leave them holes to SEEK_HOLE. */
	static const char zeros[64 * 1024];
	int ret = check_file_limit(offset + size);

	for (size_t at = 0; at < size && ret == 0; at += sizeof(zeros)) {
		size_t left = size - at;

		ret = write_all(fd, zeros,
				left < sizeof(zeros) ? left : sizeof(zeros),
				offset + at);
	}
	return ret;
}
