/* SPDX-License-Identifier: MIT */
/*
 * Waiting and waking: futexes on shared words, descriptors that wake somebody's
 * event loop, and descriptors that tell that somebody is gone.
 */
#include "sealing/sealing.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sealing/uapi.h"

/* What the call takes, whatever width the C library's timespec has. */
#ifdef SYS_futex
struct futex_time {
	long seconds;
	long nanoseconds;
};
#else
#define SYS_futex SYS_futex_time64
struct futex_time {
	int64_t seconds;
	int64_t nanoseconds;
};
#endif

#define SECOND_NS UINT64_C(1000000000)

/* Not private: writer and readers have different mappings of the word. */
int sealing_futex_wait(const uint32_t *word, uint32_t value,
		       uint64_t deadline_ns)
{
	const struct futex_time deadline = {
		.seconds = (long)(deadline_ns / SECOND_NS),
		.nanoseconds = (long)(deadline_ns % SECOND_NS),
	};

	/* This operation takes a point in time, and of CLOCK_MONOTONIC. */
	if (syscall(SYS_futex, word, FUTEX_WAIT_BITSET, value, &deadline, NULL,
		    FUTEX_BITSET_MATCH_ANY) < 0)
		return -errno;
	return 0;
}

void sealing_futex_wake(const uint32_t *word, int count)
{
	syscall(SYS_futex, word, FUTEX_WAKE, count, NULL, NULL, 0);
}

void sealing_futex_prepare(const uint32_t *word, uint32_t value, void *ret_sqe)
{
	const struct uapi_futex_sqe sqe = {
		.opcode = UAPI_URING_FUTEX_WAIT,
		.futex_type = UAPI_FUTEX2_SIZE_U32,
		.value = value,
		.word = (uintptr_t)word,
		.mask = FUTEX_BITSET_MATCH_ANY,
	};

	memcpy(ret_sqe, &sqe, sizeof(sqe));
}

static bool is_socket(int fd)
{
	int domain;
	socklen_t length = sizeof(domain);

	return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &length) == 0;
}

/* Writing nothing is an error to an eventfd, and to hardly anything else. */
static int check_eventfd(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0)
		return -errno;
	if (flags & O_PATH)
		return -EBADF;
	if ((flags & O_ACCMODE) != O_RDWR || !(flags & O_NONBLOCK))
		return -EINVAL;
	return write(fd, "", 0) < 0 && errno == EINVAL ? 0 : -EINVAL;
}

int sealing_is_wake_socket(int fd)
{
	return is_socket(fd) ? 1 : check_eventfd(fd);
}

/* Full is as good as told: whoever has not read it yet has something to read. */
void sealing_wake_eventfd(int fd)
{
	const uint64_t one = 1;
	ssize_t ignored = write(fd, &one, sizeof(one));

	(void)ignored;
}

void sealing_wake_socket(int fd)
{
	/* By these flags, not by the socket's, which its peer may share. */
	send(fd, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

int sealing_is_gone(int fd)
{
	struct pollfd polled = { .fd = fd, .events = POLLIN | POLLRDHUP };

	if (poll(&polled, 1, 0) < 0)
		return -errno;
	if (polled.revents & POLLNVAL)
		return -EBADF;
	if (polled.revents & (POLLRDHUP | POLLHUP | POLLERR))
		return 1;
	/* A process that has ended is readable; so is a socket with data. */
	return polled.revents != 0 && !is_socket(fd);
}
