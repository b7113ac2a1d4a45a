/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "tools/gamepad/evdev_buffer.h"

void *evdev_buffer_room(struct evdev_buffer *buffer, size_t *ret_size)
{
	*ret_size = sizeof(buffer->events) - buffer->have;
	return (char *)buffer->events + buffer->have;
}

size_t evdev_buffer_add(struct evdev_buffer *buffer, size_t size)
{
	buffer->have += size;
	return buffer->have / sizeof(buffer->events[0]);
}

void evdev_buffer_drop(struct evdev_buffer *buffer)
{
	size_t count = buffer->have / sizeof(buffer->events[0]);

	buffer->have %= sizeof(buffer->events[0]);
	memmove(buffer->events, &buffer->events[count], buffer->have);
}
