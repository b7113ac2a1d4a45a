/* SPDX-License-Identifier: MIT */
/* Ownership of descriptors: empty, move, duplicate, close. */
#include "lib/handle.h"

#include <errno.h>

#include "lib/budget.h"
#include "sealing/sealing.h"

bool handle_is_empty(const struct sealmem_handle *handle)
{
	return handle->size == 0;
}

enum sealmem_level handle_level(const struct sealmem_handle *handle)
{
	return (enum sealmem_level)(handle->flags & HANDLE_LEVEL_MASK);
}

struct sealmem_handle handle_take(struct sealmem_handle *handle)
{
	struct sealmem_handle taken = *handle;

	*handle = (struct sealmem_handle){ 0 };
	return taken;
}

struct sealmem_handle handle_with_fd(const struct sealmem_handle *handle,
				     int fd)
{
	struct sealmem_handle other = *handle;

	other.fd = fd;
	budget_ref(other.budget);
	return other;
}

int handle_dup(const struct sealmem_handle *handle,
	       struct sealmem_handle *ret_handle)
{
	int fd;

	if (handle_is_empty(handle))
		return -EBADF;
	fd = sealing_dup(handle->fd);
	if (fd < 0)
		return fd;
	*ret_handle = handle_with_fd(handle, fd);
	return 0;
}

int handle_take_fd(struct sealmem_handle *handle)
{
	struct sealmem_handle taken = handle_take(handle);

	budget_unref(taken.budget);
	return taken.fd;
}

void handle_close(struct sealmem_handle *handle)
{
	if (!handle_is_empty(handle))
		sealing_close(handle->fd);
	budget_unref(handle->budget);
	*handle = (struct sealmem_handle){ 0 };
}
