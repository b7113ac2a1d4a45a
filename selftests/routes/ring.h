/* SPDX-License-Identifier: MIT */
/* io_uring without its library, which the suite must not need. */
#ifndef SEALMEM_SELFTESTS_RING_H
#define SEALMEM_SELFTESTS_RING_H

#include <linux/io_uring.h>

#include "selftests/routes/attacker.h"

/**
 * struct ring - The rings of io_uring, as far as one request needs them
 * @fd: Of the instance
 * @params: As the kernel filled them in
 * @submissions: Ring of requests
 * @completions: Ring of answers
 * @entries: The requests
 * @count: How many were submitted
 */
struct ring {
	int fd;
	struct io_uring_params params;
	unsigned char *submissions;
	unsigned char *completions;
	struct io_uring_sqe *entries;
	uint32_t count;
};

/* 0 or route_absent(). */
int ring_open(struct attacker *attacker, struct ring *ret);
/* The kernel's answer to the request, once there is one. */
int ring_run(struct ring *ring, const struct io_uring_sqe *request);
/* The same, of a request that moves the marker. */
int ring_move_marker(struct ring *ring, const struct io_uring_sqe *request);
/* 0 or a negative errno. */
int ring_register(struct ring *ring, unsigned int what, void *argument,
		  unsigned int count);

#endif
