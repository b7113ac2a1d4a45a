/* SPDX-License-Identifier: MIT */
/* Routes that hand the work to Linux AIO, without its library. */
#include <linux/aio_abi.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "selftests/routes/attacker.h"

static char marker[] = ROUTE_MARKER;

static int wait_for_aio(aio_context_t context)
{
	struct io_event event = { 0 };

	if (syscall(SYS_io_getevents, context, 1, 1, &event, NULL) < 0)
		return -errno;
	return event.res == ROUTE_MARKER_SIZE ? 0 : (int)event.res;
}

static int run_aio(struct attacker *attacker, struct iocb *request)
{
	struct iocb *requests[] = { request };
	aio_context_t context = 0;

	if (syscall(SYS_io_setup, 1, &context) < 0)
		return route_absent(attacker, "io_setup");
	if (syscall(SYS_io_submit, context, 1, requests) < 0)
		return -errno;
	return wait_for_aio(context);
}

static int try_aio_write(struct attacker *attacker)
{
	struct iocb request = {
		.aio_lio_opcode = IOCB_CMD_PWRITE,
		.aio_fildes = (uint32_t)attacker->best,
		.aio_buf = (uintptr_t)marker,
		.aio_nbytes = ROUTE_MARKER_SIZE,
	};

	return run_aio(attacker, &request);
}

static int try_aio_writev(struct attacker *attacker)
{
	struct iovec vector = { marker, ROUTE_MARKER_SIZE };
	struct iocb request = {
		.aio_lio_opcode = IOCB_CMD_PWRITEV,
		.aio_fildes = (uint32_t)attacker->best,
		.aio_buf = (uintptr_t)&vector,
		.aio_nbytes = 1,
	};

	return run_aio(attacker, &request);
}

static int try_aio_read(struct attacker *attacker)
{
	struct iocb request = {
		.aio_lio_opcode = IOCB_CMD_PREAD,
		.aio_buf = (uintptr_t)attacker->map,
		.aio_nbytes = ROUTE_MARKER_SIZE,
	};
	int from = route_marker_file();

	if (from < 0)
		return route_absent(attacker, "memfd_create");
	request.aio_fildes = (uint32_t)from;
	return run_aio(attacker, &request);
}

static const struct route routes[] = {
	{ .id = "A23", .name = "aio-pwrite", .goal = ROUTE_CONTENT,
	  .what = "write through Linux AIO",
	  .attempt = try_aio_write,
	  .writer = SAYS(EPERM), .reader = SAYS(EBADF) },
	{ .id = "A24", .name = "aio-pwritev", .goal = ROUTE_CONTENT,
	  .what = "write out of a vector through Linux AIO",
	  .attempt = try_aio_writev,
	  .writer = SAYS(EPERM), .reader = SAYS(EBADF) },
	{ .id = "F06", .name = "aio-read-into-map", .goal = ROUTE_CONTENT,
	  .what = "read from a file into the mapping through Linux AIO",
	  .attempt = try_aio_read,
	  .writer = SAYS(EFAULT), .reader = SAYS(EFAULT) },
};

const struct route_group async_routes = ROUTE_GROUP("Linux AIO", routes);
