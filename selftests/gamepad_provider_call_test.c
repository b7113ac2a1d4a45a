/* SPDX-License-Identifier: MIT */
/*
 * Calls of the gamepad provider: wrong arguments, calls from a notice, waking,
 * and what happens where memory and descriptors cannot be had: nothing.
 *
 * The linker routes the library's calls through __wrap_NAME (see the Makefile).
 */
#include <stdlib.h>
#include <sys/resource.h>

#include "gamepad_provider.h"

/* ---- calls that fail ------------------------------------------------- */

/* The call that fails, counted from the last arm(); 0 is none. */
static int failing_call, calls_seen;

static bool is_failing(void)
{
	return ++calls_seen == failing_call;
}

static void arm(int nth)
{
	failing_call = nth;
	calls_seen = 0;
}

void *__real_calloc(size_t count, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
void *__real_mmap64(void *addr, size_t size, int prot, int flags, int fd,
		    off_t offset);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
void *__wrap_mmap64(void *addr, size_t size, int prot, int flags, int fd,
		    off_t offset);

void *__wrap_calloc(size_t count, size_t size)
{
	return is_failing() ? NULL : __real_calloc(count, size);
}

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
	return is_failing() ? NULL : __real_aligned_alloc(alignment, size);
}

void *__wrap_mmap64(void *addr, size_t size, int prot, int flags, int fd,
		    off_t offset)
{
	if (is_failing()) {
		errno = ENOMEM;
		return MAP_FAILED;
	}
	return __real_mmap64(addr, size, prot, flags, fd, offset);
}

TEST_F(provider, created_or_not)
{
	struct sealmem_gamepad_provider provider = { 0 };

	arm(1);
	EXPECT_ERR(ENOMEM, sealmem_gamepad_provider_create(NULL, &provider));
	EXPECT_NULL(provider.state);
	arm(0);
}

/* With pads that it would see, so that a notice would be given. */
static void prepare(struct th_self_provider *self)
{
	provider_make(self, SEALMEM_GAMEPAD_PROVIDER_NO_GATE, 0);
	plug(self, 0);
	plug(self, 1);
}

/* Nothing returned, said or counted if it fails. */
static int try_to_add(struct th_self_provider *self, uint64_t next_id)
{
	struct sealmem_readonly_region region = { 0 };
	uint64_t id = 77;
	int ret = sealmem_gamepad_provider_add_consumer(&self->provider, NULL,
							&region, &id);

	if (ret < 0) {
		EXPECT_TRUE(sealmem_readonly_region_is_empty(&region));
		EXPECT_EQ(id, 77);
		EXPECT_SILENCE(self);
		return ret;
	}
	EXPECT_EQ(id, next_id);
	EXPECT_SAID(self, { id, CONNECTED, 0 }, { id, CONNECTED, 1 });
	ASSERT_OK(sealmem_gamepad_provider_remove_consumer(&self->provider,
							   id));
	sealmem_readonly_region_close(&region);
	return ret;
}

TEST_F(provider, consumer_without_memory_is_none)
{
	uint64_t next_id = 1;
	int failures = 0, nth = 0;

	prepare(self);
	do {
		arm(++nth);
		if (try_to_add(self, next_id) == -ENOMEM)
			failures++;
		else
			next_id++;
	} while (calls_seen >= nth);
	arm(0);
	/* Its record, the writer's memory and the mapping. */
	EXPECT_GE(failures, 3);
	EXPECT_EQ(try_to_add(self, next_id), 0);
}

TEST_F(provider, consumer_without_descriptor_is_none)
{
	struct rlimit limit, none;
	struct consumer first, second;
	int fd;

	prepare(self);
	consumer_add(&self->provider, &first);
	self->record.count = 0;
	fd = dup(0);
	ASSERT_SYS(fd);
	ASSERT_SYS(getrlimit(RLIMIT_NOFILE, &limit));
	none = limit;
	none.rlim_cur = (rlim_t)fd;
	close(fd);
	ASSERT_SYS(setrlimit(RLIMIT_NOFILE, &none));
	EXPECT_EQ(try_to_add(self, 2), -EMFILE);
	ASSERT_SYS(setrlimit(RLIMIT_NOFILE, &limit));

	/* Those that are there go on. */
	push(self, 1, 3);
	EXPECT_EQ(pad_of(&first, 1).buttons[3].pressed, 1);
	consumer_add(&self->provider, &second);
	EXPECT_EQ(second.id, first.id + 1);
	consumer_leave(&first);
	consumer_leave(&second);
}

TEST_F(provider, options_of_the_region_are_checked)
{
	struct sealmem_options options = {
		.struct_size = sizeof(options),
		.flags = 1u << 31,
	};
	struct sealmem_readonly_region region = { 0 };
	uint64_t id = 77;

	EXPECT_ERR(EINVAL, sealmem_gamepad_provider_add_consumer(
				   &self->provider, &options, &region, &id));
	EXPECT_TRUE(sealmem_readonly_region_is_empty(&region));
	EXPECT_EQ(id, 77);
}

/* ---- wrong arguments ------------------------------------------------- */

TEST(options_are_checked)
{
	const struct sealmem_gamepad_provider_options good = {
		.struct_size = sizeof(good),
		.pad_count = SEALMEM_GAMEPAD_COUNT_MAX,
	};
	struct sealmem_gamepad_provider_options bad[4] = { good, good, good,
							   good };
	struct sealmem_gamepad_provider provider = { 0 };

	bad[0].struct_size--;
	bad[1].flags = 4;
	bad[2].pad_count++;
	bad[3].pad_count = UINT32_MAX;
	for (int i = 0; i < 4; i++) {
		EXPECT_ERR(EINVAL, sealmem_gamepad_provider_create(&bad[i],
								   &provider));
		EXPECT_NULL(provider.state);
	}
	ASSERT_OK(sealmem_gamepad_provider_create(&good, &provider));
	sealmem_gamepad_provider_close(&provider);
	EXPECT_NULL(provider.state);
	sealmem_gamepad_provider_close(&provider);
}

/* Every call but close and the ones that only look. */
static void expect_all(struct sealmem_gamepad_provider *provider, int error)
{
	struct sealmem_gamepad pad = pad_at_rest(1);
	struct sealmem_readonly_region region = { 0 };
	uint32_t slot = 77;
	uint64_t id = 77;

	EXPECT_EQ(sealmem_gamepad_provider_connect(provider, 5, 0, &pad, &slot),
		  -error);
	EXPECT_EQ(sealmem_gamepad_provider_update(provider, 1, &pad), -error);
	EXPECT_EQ(sealmem_gamepad_provider_disconnect(provider, 1), -error);
	EXPECT_EQ(sealmem_gamepad_provider_add_consumer(provider, NULL, &region,
							&id), -error);
	EXPECT_EQ(sealmem_gamepad_provider_set_active(provider, 1, false),
		  -error);
	EXPECT_EQ(sealmem_gamepad_provider_remove_consumer(provider, 1),
		  -error);
	EXPECT_EQ(sealmem_gamepad_provider_set_wake(
			  provider, SEALMEM_SNAPSHOT_WAKE_ALWAYS, 0), -error);
	EXPECT_EQ(slot, 77);
	EXPECT_EQ(id, 77);
	EXPECT_TRUE(sealmem_readonly_region_is_empty(&region));
}

TEST(an_empty_provider_refuses_all)
{
	struct sealmem_gamepad_provider provider = { 0 };
	uint64_t device = 77;

	expect_all(&provider, EBADF);
	EXPECT_ERR(EBADF, sealmem_gamepad_provider_slot_device(&provider, 0,
							       &device));
	EXPECT_EQ(device, 77);
	EXPECT_EQ(sealmem_gamepad_provider_wake_timeout(&provider), -1);
	sealmem_gamepad_provider_wake(&provider);
}

TEST_F(provider, flags_of_a_device_are_checked)
{
	uint32_t slot = 77;

	EXPECT_ERR(EINVAL,
		   sealmem_gamepad_provider_connect(&self->provider, 1, 2,
						    &self->pads[1], &slot));
	EXPECT_EQ(slot, 77);
}

/* ---- from a notice --------------------------------------------------- */

struct caller {
	struct sealmem_gamepad_provider provider;
	uint32_t notices;
	bool is_closing;
};

static void call_all(void *data, uint64_t consumer,
		     enum sealmem_gamepad_event event TH_UNUSED_,
		     uint32_t slot, const struct sealmem_gamepad *pad)
{
	struct caller *caller = data;
	uint64_t device = 77;

	caller->notices++;
	EXPECT_TRUE(consumer == 1 || consumer == 2);
	EXPECT_STREQ(pad->id, "secret pad number 1");
	if (caller->is_closing) {
		sealmem_gamepad_provider_close(&caller->provider);
		expect_all(&caller->provider, EBADF);
		return;
	}
	expect_all(&caller->provider, EBUSY);
	sealmem_gamepad_provider_wake(&caller->provider);
	EXPECT_EQ(sealmem_gamepad_provider_wake_timeout(&caller->provider),
		  -1);
	if (event == CONNECTED)
		EXPECT_OK(sealmem_gamepad_provider_slot_device(
			&caller->provider, slot, &device));
}

static void make_caller(struct caller *caller, struct consumer *consumer)
{
	struct sealmem_gamepad_provider_options options = {
		.struct_size = sizeof(options),
		.notice = call_all,
		.data = caller,
	};
	struct sealmem_gamepad pad = pad_at_rest(1);

	*caller = (struct caller){ 0 };
	ASSERT_OK(sealmem_gamepad_provider_create(&options, &caller->provider));
	consumer_add(&caller->provider, consumer);
	ASSERT_OK(sealmem_gamepad_provider_connect(&caller->provider, 1, 0,
						   &pad, NULL));
	press(&pad, 0);
	ASSERT_OK(sealmem_gamepad_provider_update(&caller->provider, 1, &pad));
}

TEST(a_notice_cannot_change_the_provider)
{
	struct consumer consumer;
	struct caller caller;

	make_caller(&caller, &consumer);
	EXPECT_EQ(caller.notices, 1);
	ASSERT_OK(sealmem_gamepad_provider_set_active(&caller.provider,
						      consumer.id, false));
	ASSERT_OK(sealmem_gamepad_provider_set_active(&caller.provider,
						      consumer.id, true));
	EXPECT_EQ(caller.notices, 2);
	ASSERT_OK(sealmem_gamepad_provider_disconnect(&caller.provider, 1));
	EXPECT_EQ(caller.notices, 3);
	sealmem_gamepad_provider_close(&caller.provider);
	consumer_leave(&consumer);
}

/* After the call that gave it there is nothing left, and no further notice. */
TEST(a_notice_can_close_the_provider)
{
	struct sealmem_gamepad pad = pad_at_rest(1);
	struct sealmem_gamepad_provider same;
	struct consumer consumer;
	struct caller caller;

	make_caller(&caller, &consumer);
	ASSERT_OK(sealmem_gamepad_provider_connect(&caller.provider, 2, 0, &pad,
						   NULL));
	ASSERT_OK(sealmem_gamepad_provider_set_active(&caller.provider,
						      consumer.id, false));
	caller.notices = 0;
	caller.is_closing = true;
	/* The caller's own handle is emptied from inside, not this copy. */
	same = caller.provider;
	ASSERT_OK(sealmem_gamepad_provider_set_active(&same, consumer.id,
						      true));
	EXPECT_EQ(caller.notices, 1);
	EXPECT_NULL(caller.provider.state);
	EXPECT_TRUE(is_all_blank(&consumer, 4));
	EXPECT_EQ(sealmem_gamepad_wait(&consumer.reader, 0),
		  SEALMEM_SNAPSHOT_FRESH);
	EXPECT_EQ(sealmem_gamepad_wait(&consumer.reader, 0),
		  SEALMEM_SNAPSHOT_WRITER_GONE);
	consumer_leave(&consumer);
}

/* Nor is anything shared any more with those whose turn comes later. */
TEST(a_notice_that_closes_is_the_last_thing_to_happen)
{
	struct sealmem_gamepad pad = pad_at_rest(1);
	struct sealmem_gamepad_provider same;
	struct consumer first, second;
	struct caller caller;

	make_caller(&caller, &first);
	consumer_add(&caller.provider, &second);
	press(&pad, 1);
	ASSERT_OK(sealmem_gamepad_provider_update(&caller.provider, 1, &pad));
	EXPECT_EQ(pad_of(&second, 0).connected, 1);
	caller.notices = 0;
	caller.is_closing = true;
	same = caller.provider;
	ASSERT_OK(sealmem_gamepad_provider_connect(&same, 2, 0, &pad, NULL));
	EXPECT_EQ(caller.notices, 1);
	EXPECT_EQ(pad_of(&first, 1).sequence, 2);
	EXPECT_EQ(pad_of(&second, 1).sequence, 0);
	consumer_leave(&first);
	consumer_leave(&second);
}

TEST(nobody_has_to_listen)
{
	struct sealmem_gamepad_provider provider = { 0 };
	struct sealmem_gamepad pad = pad_at_rest(1);
	struct consumer consumer;

	ASSERT_OK(sealmem_gamepad_provider_create(NULL, &provider));
	consumer_add(&provider, &consumer);
	ASSERT_OK(sealmem_gamepad_provider_connect(&provider, 1, 0, &pad,
						   NULL));
	press(&pad, 0);
	ASSERT_OK(sealmem_gamepad_provider_update(&provider, 1, &pad));
	EXPECT_EQ(pad_of(&consumer, 0).connected, 1);
	ASSERT_OK(sealmem_gamepad_provider_disconnect(&provider, 1));
	EXPECT_EQ(pad_of(&consumer, 0).connected, 0);
	sealmem_gamepad_provider_close(&provider);
	consumer_leave(&consumer);
}

/* ---- waking ---------------------------------------------------------- */

TEST_F(provider, all_who_see_something_are_woken)
{
	enum sealmem_snapshot_wake policy = SEALMEM_SNAPSHOT_WAKE_AT_MOST_EVERY;
	struct sealmem_gamepad_provider *provider = &self->provider;
	struct consumer before, after, closed;

	consumer_add(provider, &before);
	EXPECT_ERR(EINVAL, sealmem_gamepad_provider_set_wake(provider, policy,
							     0));
	EXPECT_ERR(EINVAL, sealmem_gamepad_provider_set_wake(
				   provider, SEALMEM_SNAPSHOT_WAKE_ALWAYS, 1));
	plug(self, 1);
	push(self, 1, 0);
	EXPECT_EQ(sealmem_gamepad_provider_wake_timeout(provider), -1);

	/* Also for those that come later. */
	ASSERT_OK(sealmem_gamepad_provider_set_wake(provider, policy, 1000000));
	consumer_add(provider, &after);
	/* The first in an interval wakes at once; this may take a second, too. */
	for (int i = 0; i < 100; i++) {
		let_go(self, 1, 0);
		push(self, 1, 0);
		if (sealmem_gamepad_provider_wake_timeout(provider) >= 0)
			break;
	}
	EXPECT_LE(sealmem_gamepad_provider_wake_timeout(provider), 1000);
	/* Nothing to tell it. */
	consumer_add(provider, &closed);
	ASSERT_OK(sealmem_gamepad_provider_remove_consumer(provider,
							   before.id));
	EXPECT_NE(pad_of(&after, 0).sequence, 0);
	EXPECT_GE(sealmem_gamepad_provider_wake_timeout(provider), 0);
	sealmem_gamepad_provider_wake(provider);
	EXPECT_EQ(sealmem_gamepad_provider_wake_timeout(provider), -1);
	consumer_leave(&before);
	consumer_leave(&after);
	consumer_leave(&closed);
}

TH_MAIN
