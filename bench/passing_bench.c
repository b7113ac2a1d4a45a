/* SPDX-License-Identifier: MIT */
/* What the checks of a receipt cost; see bench/README.md. */
#include <sealmem/sealmem.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"

struct passage {
	struct sealmem_channel from;
	struct sealmem_channel to;
	struct sealmem_readonly_region region;
	size_t size;
	/* How much of it is read, a byte of each page. */
	size_t read;
};

#define PAGE 4096

static void read_it(const struct passage *passage, const void *addr)
{
	const volatile char *memory = addr;

	for (size_t at = 0; at < passage->read; at += PAGE)
		BENCH_CHECK(memory[at] == 'p');
}

static void send_it(struct passage *passage)
{
	BENCH_CHECK(sealmem_channel_send_readonly(
			    &passage->from, &passage->region, NULL) == 0);
}

/* One message and its descriptor, as every program does it that trusts. */
static int receive_fd(int from)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	char bytes[SEALMEM_MESSAGE_SIZE];
	struct iovec iov = { bytes, sizeof(bytes) };
	struct msghdr message = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	int fd;

	BENCH_CHECK(recvmsg(from, &message, MSG_CMSG_CLOEXEC) ==
		    sizeof(bytes));
	BENCH_CHECK(message.msg_controllen > 0);
	memcpy(&fd, CMSG_DATA(&control.header), sizeof(fd));
	return fd;
}

static double unchecked(void *context, unsigned int times)
{
	struct passage *passage = context;
	double start = bench_now();

	for (unsigned int i = 0; i < times; i++) {
		int fd;
		void *memory;

		send_it(passage);
		fd = receive_fd(sealmem_channel_fd(&passage->to));
		memory = mmap(NULL, passage->size, PROT_READ, MAP_SHARED, fd,
			      0);
		BENCH_CHECK(memory != MAP_FAILED);
		read_it(passage, memory);
		munmap(memory, passage->size);
		close(fd);
	}
	return bench_now() - start;
}

static double checked(void *context, unsigned int times)
{
	struct passage *passage = context;
	double start = bench_now();

	for (unsigned int i = 0; i < times; i++) {
		struct sealmem_readonly_region region = { 0 };
		struct sealmem_readonly_mapping mapping = { 0 };

		send_it(passage);
		BENCH_CHECK(sealmem_channel_receive_readonly(
				    &passage->to, NULL, -1, &region, NULL) ==
			    0);
		BENCH_CHECK(sealmem_readonly_region_map(&region, &mapping) ==
			    0);
		read_it(passage, mapping.addr);
		sealmem_readonly_mapping_unmap(&mapping);
		sealmem_readonly_region_close(&region);
	}
	return bench_now() - start;
}

static const struct bench_case receipts[] = {
	{ "unchecked", unchecked },
	{ "checked", checked },
};

static void run(const char *group, size_t size, size_t read)
{
	struct passage passage = { .size = size, .read = read };
	char *data = malloc(size);

	BENCH_CHECK(data);
	memset(data, 'p', size);
	BENCH_CHECK(sealmem_channel_pair(&passage.from, &passage.to) == 0);
	BENCH_CHECK(sealmem_readonly_region_create_from(
			    data, size, NULL, &passage.region) == 0);
	bench_run(group, receipts, sizeof(receipts) / sizeof(receipts[0]),
		  &passage);
	sealmem_readonly_region_close(&passage.region);
	sealmem_channel_close(&passage.from);
	sealmem_channel_close(&passage.to);
	free(data);
}

int main(void)
{
	bench_header("passing_bench");
	run("receive_page", PAGE, PAGE);
	run("receive_256_pages", 256 * PAGE, 256 * PAGE);
	run("receive_256_pages_read_1", 256 * PAGE, PAGE);
	return 0;
}
