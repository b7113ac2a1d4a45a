/* SPDX-License-Identifier: MIT */
/* Routes that let io_uring read into the mapping, or keep its rings there. */
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "selftests/routes/ring.h"

/* Not yet in every kernel's headers. */
#define SETUP_NO_MMAP		(1u << 14)	/* Linux 6.5 */
#define REGISTER_MEM_REGION	34		/* Linux 6.13 */
#define REGION_TYPE_USER	1

struct region_desc {
	uint64_t address;
	uint64_t size;
	uint32_t flags;
	uint32_t id;
	uint64_t offset;
	uint64_t reserved[4];
};

struct region_registration {
	uint64_t region;
	uint64_t flags;
	uint64_t reserved[2];
};

/* A request to read the marker into @to; its fd is -1 without a source. */
static struct io_uring_sqe read_request(const void *to)
{
	return (struct io_uring_sqe){
		.opcode = IORING_OP_READ,
		.fd = route_marker_file(),
		.addr = (uintptr_t)to,
		.len = ROUTE_MARKER_SIZE,
	};
}

static int try_read(struct attacker *attacker)
{
	const struct io_uring_sqe request = read_request(attacker->map);
	struct ring ring;
	int ret = ring_open(attacker, &ring);

	return ret ? ret : ring_move_marker(&ring, &request);
}

static int read_fixed(struct attacker *attacker, void *to)
{
	struct io_uring_sqe request = read_request(to);
	struct iovec vector = { to, attacker->page };
	struct ring ring;
	int ret = ring_open(attacker, &ring);

	if (ret == 0)
		ret = ring_register(&ring, IORING_REGISTER_BUFFERS, &vector, 1);
	request.opcode = IORING_OP_READ_FIXED;
	return ret ? ret : ring_move_marker(&ring, &request);
}

static int try_read_fixed(struct attacker *attacker)
{
	return read_fixed(attacker, attacker->map);
}

/* The argument: how the private mapping may be used. */
static int try_read_fixed_private(struct attacker *attacker)
{
	void *addr = attacker_map_private(attacker, attacker->argument);

	return addr ? read_fixed(attacker, addr) : -errno;
}

static int try_recv(struct attacker *attacker)
{
	struct io_uring_sqe request = read_request(attacker->map);
	struct ring ring;
	int ret = ring_open(attacker, &ring);

	request.opcode = IORING_OP_RECV;
	request.fd = route_marker_socket();
	return ret ? ret : ring_move_marker(&ring, &request);
}

static int try_provided_buffer(struct attacker *attacker)
{
	const struct io_uring_sqe provide = {
		.opcode = IORING_OP_PROVIDE_BUFFERS,
		.fd = 1,
		.addr = (uintptr_t)attacker->map,
		.len = ROUTE_MARKER_SIZE,
	};
	const struct io_uring_sqe receive = {
		.opcode = IORING_OP_RECV,
		.flags = IOSQE_BUFFER_SELECT,
		.fd = route_marker_socket(),
		.len = ROUTE_MARKER_SIZE,
	};
	struct ring ring;
	int ret = ring_open(attacker, &ring);

	if (ret == 0)
		ret = ring_run(&ring, &provide);
	/* Older kernels answer how many buffers, later ones 0. */
	return ret < 0 ? ret : ring_move_marker(&ring, &receive);
}

/* A page for the rings, and one for the requests. */
static int try_rings_in_map(struct attacker *attacker)
{
	struct io_uring_params params = { .flags = SETUP_NO_MMAP };
	uintptr_t addr = (uintptr_t)attacker->map;
	uint64_t second = addr + attacker->page;

	/* The last eight bytes of both were reserved before Linux 6.5. */
	memcpy((char *)(&params.sq_off + 1) - 8, &second, 8);
	memcpy((char *)(&params.cq_off + 1) - 8, &(uint64_t){ addr }, 8);
	return route_said(syscall(SYS_io_uring_setup, 1, &params));
}

static int try_buffer_ring(struct attacker *attacker)
{
	struct io_uring_buf_reg registration = {
		.ring_addr = (uintptr_t)attacker->map,
		.ring_entries = 8,
	};
	struct ring ring;
	int ret = ring_open(attacker, &ring);

	if (ret)
		return ret;
	return ring_register(&ring, IORING_REGISTER_PBUF_RING, &registration,
			     1);
}

static int try_memory_region(struct attacker *attacker)
{
	struct region_desc region = {
		.address = (uintptr_t)attacker->map,
		.size = attacker->page,
		.flags = REGION_TYPE_USER,
	};
	struct region_registration registration = {
		.region = (uintptr_t)&region,
	};
	struct ring ring;
	int ret = ring_open(attacker, &ring);

	if (ret)
		return ret;
	return ring_register(&ring, REGISTER_MEM_REGION, &registration, 1);
}

static const struct route routes[] = {
	{ .id = "F07", .name = "io_uring-read", .goal = ROUTE_CONTENT,
	  .what = "read from a file into the mapping through io_uring",
	  .attempt = try_read,
	  .writer = SAYS(EFAULT), .reader = SAYS(EFAULT) },
	{ .id = "F08", .name = "io_uring-buffer", .goal = ROUTE_CONTENT,
	  .what = "register the mapping as a buffer, then read into it",
	  .attempt = try_read_fixed,
	  .writer = SAYS(EFAULT), .reader = SAYS(EFAULT) },
	{ .id = "F09", .name = "buffer-private-r", .goal = ROUTE_ANSWER,
	  .what = "register a private read-only mapping as a buffer",
	  .attempt = try_read_fixed_private,
	  .harmless = true, .argument = PROT_READ,
	  SAYS_ALWAYS(SAYS(EFAULT)) },
	{ .id = "F10", .name = "buffer-private-rw", .goal = ROUTE_ANSWER,
	  .what = "read into a private copy through a registered buffer",
	  .attempt = try_read_fixed_private,
	  .argument = PROT_READ | PROT_WRITE, SAYS_ALWAYS(SAYS(OK)) },
	{ .id = "F11", .name = "io_uring-recv", .goal = ROUTE_CONTENT,
	  .what = "receive from a socket into the mapping through io_uring",
	  .attempt = try_recv,
	  .writer = SAYS(EFAULT), .reader = SAYS(EFAULT) },
	{ .id = "F12", .name = "provided-buffer", .goal = ROUTE_CONTENT,
	  .what = "provide the mapping to io_uring as a buffer to choose",
	  .attempt = try_provided_buffer,
	  .writer = SAYS(EFAULT), .reader = SAYS(EFAULT) },
	{ .id = "F13", .name = "rings-in-map", .goal = ROUTE_CONTENT,
	  .what = "let io_uring keep its rings in the mapping",
	  .attempt = try_rings_in_map,
	  .writer = SAYS(EFAULT), .reader = SAYS(EFAULT),
	  .missing = SAYS(EINVAL), .needs = "Linux 6.5" },
	{ .id = "F14", .name = "buffer-ring", .goal = ROUTE_ANSWER,
	  .what = "let io_uring keep a ring of buffers in the mapping",
	  .attempt = try_buffer_ring, .unsafe = SAYS(OK),
	  .writer = SAYS(EFAULT), .reader = SAYS(EFAULT),
	  .missing = SAYS(EINVAL), .needs = "Linux 5.19" },
	{ .id = "F15", .name = "memory-region", .goal = ROUTE_ANSWER,
	  .what = "register the mapping as a memory region of io_uring",
	  .attempt = try_memory_region, .unsafe = SAYS(OK),
	  .writer = SAYS(EFAULT), .reader = SAYS(EFAULT),
	  .missing = SAYS(EINVAL), .needs = "Linux 6.13" },
};

const struct route_group uring_read_routes =
	ROUTE_GROUP("io_uring as the writer", routes);
