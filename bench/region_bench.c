/* SPDX-License-Identifier: MIT */
/* What a region costs beside the bare calls; see bench/README.md. */
#include <fcntl.h>
#include <sealmem/sealmem.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench.h"

#define SIZE 8192

/* Two functions: one that does it once, and one that times it. */
#define TIMED(name)							\
	static void name##_once(void *context);				\
	static double name(void *context, unsigned int times)		\
	{								\
		double start = bench_now();				\
									\
		for (unsigned int i = 0; i < times; i++)		\
			name##_once(context);				\
		return bench_now() - start;				\
	}								\
	static void name##_once(void *context __attribute__((unused)))

static const char zeros[SIZE];

/* ---- a life: make, map, unmap, close --------------------------------- */

static void map_and_close(int fd, bool is_filled)
{
	void *addr;

	BENCH_CHECK(fd >= 0);
	BENCH_CHECK(ftruncate(fd, SIZE) == 0);
	if (is_filled)
		BENCH_CHECK(pwrite(fd, zeros, SIZE, 0) == SIZE);
	addr = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	BENCH_CHECK(addr != MAP_FAILED);
	munmap(addr, SIZE);
	close(fd);
}

static int open_shm(void)
{
	int fd = shm_open("/sealmem-bench", O_CREAT | O_EXCL | O_RDWR, 0600);

	BENCH_CHECK(fd >= 0);
	shm_unlink("/sealmem-bench");
	return fd;
}

TIMED(raw_memfd)
{
	map_and_close(memfd_create("bench", MFD_CLOEXEC), false);
}

TIMED(raw_shm_open)
{
	map_and_close(open_shm(), false);
}

TIMED(raw_memfd_filled)
{
	map_and_close(memfd_create("bench", MFD_CLOEXEC), true);
}

TIMED(raw_shm_open_filled)
{
	map_and_close(open_shm(), true);
}

static void live_as_writable(const struct sealmem_options *options)
{
	struct sealmem_writable_region region = { 0 };
	struct sealmem_writable_mapping mapping = { 0 };

	BENCH_CHECK(sealmem_writable_region_create(SIZE, options, &region) ==
		    0);
	BENCH_CHECK(sealmem_writable_region_map(&region, &mapping) == 0);
	sealmem_writable_mapping_unmap(&mapping);
	sealmem_writable_region_close(&region);
}

TIMED(writable_lazy)
{
	struct sealmem_options options = {
		.struct_size = sizeof(options),
		.flags = SEALMEM_CREATE_LAZY,
	};

	live_as_writable(&options);
}

TIMED(writable)
{
	live_as_writable(NULL);
}

TIMED(readonly_live)
{
	struct sealmem_readonly_region region = { 0 };
	struct sealmem_writable_mapping mapping = { 0 };

	BENCH_CHECK(sealmem_readonly_region_create(SIZE, NULL, &region,
						   &mapping) == 0);
	sealmem_writable_mapping_unmap(&mapping);
	sealmem_readonly_region_close(&region);
}

/* Its reader's mapping; its writer never had one. */
TIMED(readonly_frozen)
{
	struct sealmem_readonly_region region = { 0 };
	struct sealmem_readonly_mapping mapping = { 0 };

	BENCH_CHECK(sealmem_readonly_region_create_from(zeros, SIZE, NULL,
							&region) == 0);
	BENCH_CHECK(sealmem_readonly_region_map(&region, &mapping) == 0);
	sealmem_readonly_mapping_unmap(&mapping);
	sealmem_readonly_region_close(&region);
}

/* ---- a mapping: of memory that is there, untouched ------------------- */

TIMED(raw_mmap)
{
	int fd = sealmem_readonly_region_fd(context);
	void *addr = mmap(NULL, SIZE, PROT_READ, MAP_SHARED, fd, 0);

	BENCH_CHECK(addr != MAP_FAILED);
	munmap(addr, SIZE);
}

TIMED(readonly)
{
	struct sealmem_readonly_mapping mapping = { 0 };

	BENCH_CHECK(sealmem_readonly_region_map(context, &mapping) == 0);
	sealmem_readonly_mapping_unmap(&mapping);
}

/* ---- arrival: from a descriptor to something that can be mapped ------ */

/* What a receiver that checks nothing but the size does. */
TIMED(unchecked_fstat)
{
	int fd = fcntl(*(int *)context, F_DUPFD_CLOEXEC, 0);
	struct stat st;

	BENCH_CHECK(fstat(fd, &st) == 0 && st.st_size == SIZE);
	close(fd);
}

TIMED(import_readonly)
{
	struct sealmem_readonly_region region = { 0 };
	struct sealmem_descriptor descriptor = {
		.kind = SEALMEM_KIND_READONLY,
		.size = SIZE,
		.token = { 1, 2 },
		.fd = fcntl(*(int *)context, F_DUPFD_CLOEXEC, 0),
	};

	BENCH_CHECK(sealmem_readonly_region_import(&descriptor, NULL,
						   &region) == 0);
	sealmem_readonly_region_close(&region);
}

static const struct bench_case lives[] = {
	{ "raw_memfd", raw_memfd },
	{ "raw_shm_open", raw_shm_open },
	{ "writable", writable_lazy },
};

static const struct bench_case filled_lives[] = {
	{ "raw_memfd", raw_memfd_filled },
	{ "raw_shm_open", raw_shm_open_filled },
	{ "writable", writable },
	{ "readonly_live", readonly_live },
	{ "readonly_frozen", readonly_frozen },
};

static const struct bench_case maps[] = {
	{ "raw_mmap", raw_mmap },
	{ "readonly", readonly },
};

static const struct bench_case arrivals[] = {
	{ "unchecked_fstat", unchecked_fstat },
	{ "import_readonly", import_readonly },
};

#define COUNT(cases) (sizeof(cases) / sizeof((cases)[0]))

int main(void)
{
	struct sealmem_readonly_region region = { 0 };
	int fd;

	bench_header("region_bench");
	bench_run("lazy", lives, COUNT(lives), NULL);
	bench_run("filled", filled_lives, COUNT(filled_lives), NULL);

	BENCH_CHECK(sealmem_readonly_region_create_from(zeros, SIZE, NULL,
							&region) == 0);
	bench_run("map", maps, COUNT(maps), &region);
	fd = sealmem_readonly_region_fd(&region);
	bench_run("arrival", arrivals, COUNT(arrivals), &fd);
	sealmem_readonly_region_close(&region);
	return 0;
}
