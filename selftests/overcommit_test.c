/* SPDX-License-Identifier: MIT */
/*
 * A machine that promises no memory it may not have (vm.overcommit_memory=2)
 * and has no room left: what is missing is an error, and never SIGBUS. That is
 * a setting of the whole machine, so these cases run where the machine is the
 * tests' own: under `make check-kernels`, as root.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>

#include "kinds.h"

#define OVERCOMMIT "/proc/sys/vm/overcommit_memory"
#define ROOM	   "/proc/sys/vm/overcommit_kbytes"

static void set(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	ASSERT_SYS(fd);
	ASSERT_EQ(write(fd, value, strlen(value)), strlen(value));
	close(fd);
}

FIXTURE(full)
{
	struct sealmem_readonly_region live, lazy;
	struct sealmem_writable_mapping live_writer, lazy_writer;
	uint32_t features;
};

static void create(uint32_t flags, struct sealmem_readonly_region *region,
		   struct sealmem_writable_mapping *writer)
{
	const struct sealmem_options options = {
		.struct_size = sizeof(options), .flags = flags,
	};

	ASSERT_OK(sealmem_readonly_region_create(4 * page_size(), &options,
						 region, writer));
}

/* What exists before the room is gone. */
FIXTURE_SETUP(full)
{
	if (!getenv("SEALMEM_TEST_MACHINE") || access(OVERCOMMIT, W_OK) < 0)
		SKIP("changes a setting of the whole machine: only root in "
		     "the machines of make check-kernels may");
	self->features = sealmem_features();
	create(0, &self->live, &self->live_writer);
	create(SEALMEM_CREATE_LAZY, &self->lazy, &self->lazy_writer);
	set(ROOM, "1");
	set(OVERCOMMIT, "2");
}

FIXTURE_TEARDOWN(full)
{
	set(OVERCOMMIT, "0");
	set(ROOM, "0");
	sealmem_readonly_region_close(&self->live);
	sealmem_readonly_region_close(&self->lazy);
	sealmem_writable_mapping_unmap(&self->live_writer);
	sealmem_writable_mapping_unmap(&self->lazy_writer);
}

TEST_F(full, memory_that_is_there_is_read)
{
	struct sealmem_readonly_mapping mapping = { 0 };

	memset(self->live_writer.addr, FILL, self->live_writer.size);
	EXPECT_OK(sealmem_readonly_region_map(&self->live, &mapping));
	EXPECT_EQ(((const char *)mapping.addr)[mapping.size - 1], FILL);
	sealmem_readonly_mapping_unmap(&mapping);
}

TEST_F(full, holes_that_cannot_be_filled_are_an_error)
{
	struct sealmem_readonly_mapping mapping = { 0 }, none = { 0 };
	int wanted = self->features & SEALMEM_FEATURE_POPULATE_READ ?
			     -EFAULT :
			     -EOPNOTSUPP;

	EXPECT_EQ(sealmem_readonly_region_map(&self->lazy, &mapping), wanted);
	EXPECT_MEMEQ(&mapping, &none, sizeof(none));
}

TEST_F(full, creation_takes_its_memory_or_fails)
{
	struct sealmem_writable_region region = { 0 }, none = { 0 };
	int ret = sealmem_writable_region_create(64 << 20, NULL, &region);

	EXPECT_TRUE(ret == -ENOSPC || ret == -ENOMEM);
	EXPECT_MEMEQ(&region, &none, sizeof(none));
}

static sigjmp_buf back;

static void go_back(int number)
{
	siglongjmp(back, number);
}

/* The control: without the library's care it is SIGBUS. */
TEST_F(full, touching_a_hole_unasked_is_sigbus)
{
	volatile char *hole = self->lazy_writer.addr;
	int number;

	signal(SIGBUS, go_back);
	number = sigsetjmp(back, 1);
	if (!number)
		*hole = 1;
	signal(SIGBUS, SIG_DFL);
	EXPECT_EQ(number, SIGBUS);
}

TH_MAIN
