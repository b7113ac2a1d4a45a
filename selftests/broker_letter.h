/* SPDX-License-Identifier: MIT */
/*
 * Requests and answers written by hand, as <sealmem/broker.h> describes them,
 * for ends that are hostile.
 */
#ifndef SELFTESTS_BROKER_LETTER_H
#define SELFTESTS_BROKER_LETTER_H

#include "broker.h"
#include "channel_peer.h"

enum operation { CREATE = 1, TO_READONLY, TO_UNSAFE, FREEZE };

/* An answer as it came. */
struct reply {
	int error;
	uint64_t id;
	int fd;
};

static inline uint64_t number_at(const unsigned char *at, int size)
{
	uint64_t value = 0;

	while (size-- > 0)
		value = value << 8 | at[size];
	return value;
}

static inline void write_request(struct letter *letter, uint32_t operation,
				 uint64_t size)
{
	memset(letter->bytes, 0, SEALMEM_REQUEST_SIZE);
	memcpy(letter->bytes, "sealmrq", 8);
	put(letter->bytes + 8, 1, 4);
	put(letter->bytes + 12, operation, 4);
	put(letter->bytes + 16, 77, 8);
	put(letter->bytes + 24, size, 8);
	letter->size = SEALMEM_REQUEST_SIZE;
}

static inline void write_answer(struct letter *letter, uint64_t id, int error)
{
	memset(letter->bytes, 0, SEALMEM_ANSWER_SIZE);
	memcpy(letter->bytes, "sealman", 8);
	put(letter->bytes + 8, 1, 4);
	put(letter->bytes + 12, (uint64_t)error, 4);
	put(letter->bytes + 16, id, 8);
	letter->size = SEALMEM_ANSWER_SIZE;
}

/* A message and its descriptor (-1: none); 0 bytes is the end. */
static inline size_t receive_raw(int fd, unsigned char *bytes, size_t room,
				 int *ret_fd)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
	struct iovec iov = { bytes, room };
	struct msghdr message = { .msg_iov = &iov,
				  .msg_iovlen = 1,
				  .msg_control = control,
				  .msg_controllen = sizeof(control) };
	struct pollfd polled = { .fd = fd, .events = POLLIN };
	ssize_t size;

	poll(&polled, 1, -1);
	size = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
	*ret_fd = -1;
	if (size > 0 && CMSG_FIRSTHDR(&message))
		memcpy(ret_fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(int));
	return size < 0 ? 0 : (size_t)size;
}

static inline struct reply receive_reply(struct sealmem_channel *channel)
{
	unsigned char bytes[ROOM];
	struct reply reply;

	ASSERT_EQ(SEALMEM_ANSWER_SIZE,
		  receive_raw(sealmem_channel_fd(channel), bytes, sizeof(bytes),
			      &reply.fd));
	EXPECT_MEMEQ("sealman", bytes, 8);
	EXPECT_EQ(1, number_at(bytes + 8, 4));
	reply.error = (int)number_at(bytes + 12, 4);
	reply.id = number_at(bytes + 16, 8);
	return reply;
}

#endif
