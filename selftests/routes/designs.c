/* SPDX-License-Identifier: MIT */
/*
 * Designs that other people share read-only memory with, made without the
 * library, to try the same routes on. The producer writes through a mapping and
 * has closed the descriptor that it was made with; what is left is what its
 * consumer was handed.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "selftests/routes/attacker.h"

#ifndef MFD_NOEXEC_SEAL	/* Linux 6.3 */
#define MFD_NOEXEC_SEAL	0x08u
#endif

/* A descriptor to write by, and the one that the consumer gets. */
struct pair {
	int producer;
	int consumer;
};

static int open_again(int fd)
{
	return open(route_fd_path(fd).text, O_RDONLY | O_CLOEXEC);
}

/* By its path, as long as that is there: no procfs is needed. */
static struct pair create_in(char *path)
{
	struct pair pair = { mkostemp(path, O_CLOEXEC), -1 };
	int err;

	if (pair.producer < 0)
		return pair;
	pair.consumer = open(path, O_RDONLY | O_CLOEXEC);
	err = errno;
	unlink(path);
	errno = err;
	return pair;
}

/* Mode 0600 keeps other users out, if they are not root. */
static struct pair create_temp_file(void)
{
	char memory[] = "/dev/shm/sealmem-design-XXXXXX";
	char disk[] = "/tmp/sealmem-design-XXXXXX";
	struct pair pair = create_in(memory);

	return pair.producer < 0 ? create_in(disk) : pair;
}

static struct pair create_size_seals(void)
{
	struct pair pair = { -1, -1 };

	pair.producer = memfd_create("size-seals", MFD_CLOEXEC |
				     MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);
	if (pair.producer < 0 && errno == EINVAL)
		pair.producer = memfd_create("size-seals", MFD_CLOEXEC |
					     MFD_ALLOW_SEALING);
	if (pair.producer >= 0)
		pair.consumer = open_again(pair.producer);
	return pair;
}

static struct pair create_plain_dup(void)
{
	struct pair pair = { memfd_create("plain-dup", MFD_CLOEXEC), -1 };

	if (pair.producer >= 0)
		pair.consumer = fcntl(pair.producer, F_DUPFD_CLOEXEC, 0);
	return pair;
}

static struct pair create_pair(enum attack_kind kind)
{
	switch (kind) {
	case ATTACK_TEMP_FILE:
		return create_temp_file();
	case ATTACK_SIZE_SEALS:
		return create_size_seals();
	default:
		return create_plain_dup();
	}
}

/* Only a producer has this mapping: attackers are forks of this process. */
static int map_and_fill(int fd, const void *bytes, struct attack_target *target)
{
	ssize_t ret = pwrite(fd, bytes, target->size, 0);
	void *addr;

	if (ret < 0)
		return -errno;
	if ((size_t)ret != target->size)
		return -ENOSPC;
	addr = mmap(NULL, target->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		    0);
	if (addr == MAP_FAILED)
		return -errno;
	target->own_map = addr;
	return madvise(addr, target->size, MADV_DONTFORK) < 0 ? -errno : 0;
}

static int seal_size(int fd)
{
	const int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;

	return fcntl(fd, F_ADD_SEALS, seals) < 0 ? -errno : 0;
}

int attack_design_create(const void *bytes, struct attack_target *target)
{
	struct pair pair = create_pair(target->kind);
	int ret = pair.consumer < 0 ? -errno : 0;

	target->fd = pair.consumer;
	target->own_fd = pair.consumer;
	if (ret == 0)
		ret = map_and_fill(pair.producer, bytes, target);
	if (ret == 0 && target->kind == ATTACK_SIZE_SEALS)
		ret = seal_size(pair.producer);
	if (pair.producer >= 0)
		close(pair.producer);
	return ret;
}
