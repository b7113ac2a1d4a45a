/* SPDX-License-Identifier: MIT */
/* Messages of brokers and clients: bytes, and one descriptor or none. */
#ifndef LIB_PACKET_H
#define LIB_PACKET_H

#include <sealmem/descriptor.h>

/* @fd is -1 if none came; else it is the receiver's. */
struct packet {
	size_t size;
	int fd;
};

/*
 * Take one message; never blocks. What has more than one descriptor, or more
 * than @size bytes, is dropped: -EBADMSG, and why. Else as
 * sealing_socket_receive(), or -EMFILE.
 */
int packet_receive(int fd, void *ret_bytes, size_t size,
		   struct packet *ret_packet,
		   enum sealmem_refusal *ret_refusal);

/* Close what came with it. */
void packet_drop(const struct packet *packet);

#endif
