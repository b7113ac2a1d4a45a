/* SPDX-License-Identifier: MIT */
/*
 * The one representation behind the three kinds of region. Only this file
 * copies it: handle_take() moves, handle_with_fd() needs a descriptor of its own.
 */
#ifndef LIB_HANDLE_H
#define LIB_HANDLE_H

#include <sealmem/region.h>

/*
 * sealmem_handle.flags: the level (enum sealmem_level; of what is not read-only
 * SEALMEM_LEVEL_FILE, if its size is not sealed, or none), and:
 */
#define HANDLE_LEVEL_MASK 0x0000000fu
/* Not all of the memory may be there. */
#define HANDLE_HOLES 0x00000010u
/* SEALMEM_LEVEL_DESCRIPTOR or _FILE will do where there is no better. */
#define HANDLE_DESCRIPTOR_LEVEL 0x00000020u
/* It will do where the memory came with F_SEAL_SEAL, as upstream's does. */
#define HANDLE_UPSTREAM 0x00000040u

#define HANDLE_CLEANUP __attribute__((cleanup(handle_close)))

bool handle_is_empty(const struct sealmem_handle *handle);
enum sealmem_level handle_level(const struct sealmem_handle *handle);

/* Move it out: the source is empty afterwards. */
struct sealmem_handle handle_take(struct sealmem_handle *handle);

/* The same region, same budget, through another descriptor, which it then owns. */
struct sealmem_handle handle_with_fd(const struct sealmem_handle *handle,
				     int fd);

/* Another descriptor of the same memory. 0, -EBADF if empty, or errno. */
int handle_dup(const struct sealmem_handle *handle,
	       struct sealmem_handle *ret_handle);

/* The descriptor alone goes to the caller: the handle is empty afterwards. */
int handle_take_fd(struct sealmem_handle *handle);

/* Accepts an empty one. */
void handle_close(struct sealmem_handle *handle);

#endif
