/* SPDX-License-Identifier: MIT */
/*
 * What a client asks its broker, and what it is told, as bytes: see
 * <sealmem/broker.h>. Pure: no descriptor, no system call; every message that
 * is accepted has exactly one encoding.
 */
#ifndef LIB_REQUEST_H
#define LIB_REQUEST_H

#include <sealmem/broker.h>

/* The flags of enum sealmem_create_flags that a broker has to know about. */
#define REQUEST_FLAGS                                                          \
	((uint32_t)(SEALMEM_CREATE_LARGE | SEALMEM_CREATE_OTHER_USERS))

/* The numbers travel and never change. */
enum request_operation {
	REQUEST_CREATE = 1,
	REQUEST_TO_READONLY = 2,
	REQUEST_TO_UNSAFE = 3,
	REQUEST_FREEZE = 4,
};

struct request {
	enum request_operation operation;
	/* Of REQUEST_FLAGS; 0 unless @operation is REQUEST_CREATE. */
	uint32_t flags;
	/* Whatever the client likes; comes back with the answer. */
	uint64_t id;
	uint64_t size;
	/* Empty unless @operation is REQUEST_CREATE. */
	char name[SEALMEM_NAME_MAX + 1];
};

struct answer {
	uint64_t id;
	/* 0, or an errno as a positive number. */
	int error;
};

void request_encode(const struct request *request,
		    uint8_t ret_bytes[SEALMEM_REQUEST_SIZE]);
enum sealmem_refusal request_decode(const uint8_t *bytes, size_t size,
				    struct request *ret_request);

void answer_encode(const struct answer *answer,
		   uint8_t ret_bytes[SEALMEM_ANSWER_SIZE]);
enum sealmem_refusal answer_decode(const uint8_t *bytes, size_t size,
				   struct answer *ret_answer);

#endif
