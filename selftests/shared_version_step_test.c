/* SPDX-License-Identifier: MIT */
/*
 * Shared versions when one side stops at every single instruction, one after
 * the other: a controller that may die anywhere, a client that is overtaken
 * anywhere.
 */
#include <sealmem/sealmem.h>
#include <sys/syscall.h>

#include "snapshot_steps.h"

/* Memory of both: what lib/shared_version.c shares, and what a client read. */
struct stage {
	uint32_t words[32];
	uint64_t found;
};

FIXTURE(stepped)
{
	struct stage *stage;
	struct sealmem_version_controller controller;
	struct sealmem_version_client client;
};

FIXTURE_VARIANT(stepped)
{
	uint64_t from;
	uint64_t to;
};

FIXTURE_VARIANT_ADD(stepped, next) { .from = 5, .to = 6 };
FIXTURE_VARIANT_ADD(stepped, next_upper_half)
{
	.from = UINT32_MAX, .to = 1ull << 32,
};
FIXTURE_VARIANT_ADD(stepped, jump_to_the_same_lower_half)
{
	.from = (1ull << 32) + 7, .to = (9ull << 32) + 7,
};
FIXTURE_VARIANT_ADD(stepped, jump)
{
	.from = (1ull << 32) + 7, .to = (9ull << 32) + 3,
};

FIXTURE_SETUP(stepped)
{
	share_one_cpu();
	self->stage = mmap(NULL, sizeof(*self->stage), PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_TRUE(self->stage != MAP_FAILED);
	self->controller.mapping.addr = self->stage;
	self->controller.mapping.size = sizeof(self->stage->words);
	self->client.mapping.addr = self->stage;
	ASSERT_OK(sealmem_version_controller_set(&self->controller,
						 variant->from));
}

FIXTURE_TEARDOWN(stepped)
{
	munmap(self->stage, sizeof(*self->stage));
}

/* As raise() does it, in as few instructions as can be. */
static void stop(pid_t pid)
{
	syscall(SYS_kill, pid, SIGSTOP);
}

static void end(pid_t pid)
{
	ASSERT_SYS(kill(pid, SIGKILL));
	ASSERT_EQ(pid, waitpid(pid, NULL, 0));
}

__attribute__((noreturn))
static void set_between_stops(struct th_self_stepped *self, uint64_t version)
{
	trace_me();
	ASSERT_OK(sealmem_version_controller_set(&self->controller, version));
	stop(getpid());
	_exit(0);
}

static bool is_right(const struct th_variant_stepped *variant, uint64_t version)
{
	return version == variant->from || version == variant->to ||
	       version == SEALMEM_SHARED_VERSION_INVALID;
}

TEST_F_TIMEOUT(stepped, controller_may_die_anywhere, 60)
{
	bool is_new = false, has_one_upper_half;
	pid_t pid = fork();
	int steps = 0, unknown = 0;

	ASSERT_SYS(pid);
	if (!pid)
		set_between_stops(self, variant->to);
	ASSERT_FALSE(wait_for_trap(pid));
	for (; step(pid); steps++) {
		uint64_t v = sealmem_version_client_version(&self->client);

		ASSERT_TRUE(is_right(variant, v));
		unknown += v == SEALMEM_SHARED_VERSION_INVALID;
		/* Not back from the new one. */
		if (is_new)
			ASSERT_EQ(variant->to, v);
		is_new = v == variant->to;
	}
	EXPECT_TRUE(is_new);
	TH_LOG("%d instructions, after %d of them it is unknown", steps,
	       unknown);
	has_one_upper_half = variant->from >> 32 == variant->to >> 32;
	EXPECT_EQ(has_one_upper_half, unknown == 0);
	end(pid);
}

__attribute__((noreturn))
static void read_for_ever(struct th_self_stepped *self)
{
	pid_t pid = getpid();

	trace_me();
	for (;;) {
		self->stage->found =
			sealmem_version_client_version(&self->client);
		stop(pid);
	}
}

/* The memory as the controller's stores leave it, one after the other. */
struct images {
	int count;
	uint32_t words[8][4];
};

static void record(struct th_self_stepped *self, uint64_t to,
		   struct images *images)
{
	pid_t pid = fork();

	ASSERT_SYS(pid);
	if (!pid)
		set_between_stops(self, to);
	ASSERT_FALSE(wait_for_trap(pid));
	images->count = 0;
	do {
		uint32_t *next = images->words[images->count];

		memcpy(next, self->stage->words, sizeof(images->words[0]));
		if (images->count == 0 ||
		    memcmp(next - 4, next, sizeof(images->words[0])) != 0)
			ASSERT_LT(++images->count, 8);
	} while (step(pid));
	end(pid);
}

/* One read, overtaken after @at instructions; false if it has no more. */
static bool overtake(struct th_self_stepped *self, pid_t pid, int at,
		     const uint32_t *before, const uint32_t *after)
{
	memcpy(self->stage->words, before, 16);
	for (int i = 0; i < at; i++)
		if (!step(pid))
			return false;
	memcpy(self->stage->words, after, 16);
	run_on(pid);
	return true;
}

/* By any number of the controller's stores, after any number of them. */
TEST_F_TIMEOUT(stepped, client_may_be_overtaken_anywhere, 60)
{
	struct images images;
	pid_t pid;
	int steps = 0, stride;

	record(self, variant->to, &images);
	EXPECT_GE(images.count, 2);
	pid = fork();
	ASSERT_SYS(pid);
	if (!pid)
		read_for_ever(self);
	ASSERT_FALSE(wait_for_trap(pid));
	/* The first time, functions are looked up. */
	run_on(pid);
	while (step(pid))
		steps++;
	/* What a sanitizer adds is not of interest one by one. */
	stride = 1 + steps * steps / 4000;
	TH_LOG("%d stores, %d instructions, every %d", images.count - 1, steps,
	       stride);
	for (int i = 0; i < images.count; i++)
		for (int j = i + 1; j < images.count; j++)
			for (int at = 0; overtake(self, pid, at,
						  images.words[i],
						  images.words[j]);
			     at += stride)
				ASSERT_TRUE(is_right(variant,
						     self->stage->found));
	end(pid);
}

TH_MAIN
