/* SPDX-License-Identifier: MIT */
/* Many descriptors behind one. */
#include "sealing/sealing.h"

#include <errno.h>
#include <sys/epoll.h>

int sealing_poll_create(void)
{
	int fd = epoll_create1(EPOLL_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int sealing_poll_add(int poll_fd, int fd, uint32_t key)
{
	struct epoll_event event = {
		.events = EPOLLIN | EPOLLRDHUP,
		.data.u32 = key,
	};

	return epoll_ctl(poll_fd, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

void sealing_poll_remove(int poll_fd, int fd)
{
	epoll_ctl(poll_fd, EPOLL_CTL_DEL, fd, NULL);
}

int sealing_poll_ready(int poll_fd, uint32_t ret_keys[SEALING_POLL_MAX])
{
	struct epoll_event events[SEALING_POLL_MAX];
	int count = epoll_wait(poll_fd, events, SEALING_POLL_MAX, 0);

	if (count < 0)
		return -errno;
	for (int i = 0; i < count; i++)
		ret_keys[i] = events[i].data.u32;
	return count;
}
