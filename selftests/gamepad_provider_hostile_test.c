/* SPDX-License-Identifier: MIT */
/*
 * Consumers of the gamepad provider that look for what they may not see, that
 * read while it is taken away, and that come and go by the thousand; and one
 * consumer's view against a model, through random events.
 */
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "gamepad_provider.h"

/* ---- another process, with the region's descriptor and nothing else -- */

struct spy {
	pid_t pid;
	int told;
	int answers;
};

/* Is this in the file, by any of the ways to read one? */
static bool finds(int fd, const char *secret)
{
	char path[64], *copy;
	struct stat st;
	bool found;
	int other;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	other = open(path, O_RDONLY | O_CLOEXEC);
	if (other < 0)
		other = dup(fd);
	ASSERT_SYS(other);
	ASSERT_SYS(fstat(fd, &st));
	copy = malloc((size_t)st.st_size);
	ASSERT_NOT_NULL(copy);
	ASSERT_EQ(pread(other, copy, (size_t)st.st_size, 0), st.st_size);
	found = memmem(copy, (size_t)st.st_size, secret, strlen(secret));
	free(copy);
	close(other);
	return found;
}

/* Looks once for each byte that it is sent. */
static void spy_start(struct spy *spy, const struct consumer *consumer,
		      const char *secret)
{
	int told[2], answers[2];
	char answer;

	ASSERT_SYS(pipe(told));
	ASSERT_SYS(pipe(answers));
	spy->pid = fork();
	ASSERT_SYS(spy->pid);
	if (spy->pid == 0) {
		int fd = sealmem_readonly_region_fd(&consumer->region);

		close(told[1]);
		while (read(told[0], &answer, 1) == 1) {
			answer = finds(fd, secret);
			ASSERT_EQ(write(answers[1], &answer, 1), 1);
		}
		_exit(0);
	}
	close(told[0]);
	close(answers[1]);
	spy->told = told[1];
	spy->answers = answers[0];
}

static bool spy_finds(const struct spy *spy)
{
	char answer = 2;

	ASSERT_EQ(write(spy->told, "?", 1), 1);
	ASSERT_EQ(read(spy->answers, &answer, 1), 1);
	ASSERT_LE(answer, 1);
	return answer;
}

static void spy_end(struct spy *spy)
{
	close(spy->told);
	close(spy->answers);
	ASSERT_SYS(waitpid(spy->pid, NULL, 0));
}

TEST_F(provider, another_process_finds_only_what_it_may_see)
{
	struct consumer consumer;
	struct spy spy;

	consumer_add(&self->provider, &consumer);
	spy_start(&spy, &consumer, self->pads[2].id);
	plug(self, 1);
	plug(self, 2);
	self->pads[2].axes[0] = 0.25f;
	update(self, 2);
	EXPECT_FALSE(spy_finds(&spy));
	push(self, 1, 0);
	EXPECT_TRUE(spy_finds(&spy));
	set_active(self, &consumer, false);
	EXPECT_FALSE(spy_finds(&spy));
	set_active(self, &consumer, true);
	EXPECT_TRUE(spy_finds(&spy));
	unplug(self, 2);
	EXPECT_FALSE(spy_finds(&spy));
	plug(self, 2);
	EXPECT_TRUE(spy_finds(&spy));
	ASSERT_OK(sealmem_gamepad_provider_remove_consumer(&self->provider,
							   consumer.id));
	EXPECT_FALSE(spy_finds(&spy));
	spy_end(&spy);
	consumer_leave(&consumer);
}

TEST_F(provider, not_promised_that_a_consumer_forgets)
{
	struct sealmem_gamepad copy = { 0 };
	struct consumer consumer;

	consumer_add(&self->provider, &consumer);
	plug(self, 1);
	push(self, 1, 0);
	EXPECT_EQ(sealmem_gamepad_read(&consumer.reader, 0, &copy),
		  SEALMEM_SNAPSHOT_FRESH);
	set_active(self, &consumer, false);
	EXPECT_TRUE(is_all_blank(&consumer, 4));
	EXPECT_STREQ(copy.id, self->pads[1].id);
	consumer_leave(&consumer);
}

/* The producer's own zeros are the last word: nobody else writes there. */
TEST_F(provider, a_consumer_cannot_write_where_it_reads)
{
	struct consumer consumer;
	int fd;

	consumer_add(&self->provider, &consumer);
	fd = sealmem_readonly_region_fd(&consumer.region);
	EXPECT_ERRNO(EBADF, pwrite(fd, "x", 1, 0));
	EXPECT_MAP_ERRNO(EACCES, mmap(NULL, 4096, PROT_WRITE, MAP_SHARED, fd,
				      0));
	EXPECT_ERRNO(EACCES, mprotect((void *)(uintptr_t)consumer.mapping.addr,
				      4096, PROT_READ | PROT_WRITE));
	consumer_leave(&consumer);
}

/* ---- reading while it is taken away ---------------------------------- */

struct reading {
	struct consumer consumer;
	bool is_over;
	uint32_t pads_seen;
};

/* All members are of one state, which the first axis tells. */
static bool is_whole(const struct sealmem_gamepad *pad)
{
	static const struct sealmem_gamepad blank;
	struct sealmem_gamepad rest = *pad;

	if (!pad->connected) {
		rest.connection = 0;
		rest.sequence = 0;
		return memcmp(&rest, &blank, sizeof(rest)) == 0;
	}
	for (int i = 1; i < 16; i++)
		if (memcmp(&pad->axes[i], &pad->axes[0], sizeof(float)) != 0)
			return false;
	return pad->axis_count == 16 && pad->touch_count == 0 &&
	       strcmp(pad->id, "secret pad number 1") == 0;
}

static void *read_on(void *data)
{
	struct reading *reading = data;
	struct sealmem_gamepad pad;
	int ret;

	while (!__atomic_load_n(&reading->is_over, __ATOMIC_ACQUIRE)) {
		ret = sealmem_gamepad_read(&reading->consumer.reader, 0, &pad);
		EXPECT_NE(ret, SEALMEM_SNAPSHOT_CORRUPT);
		EXPECT_GE(ret, 0);
		if (ret != SEALMEM_SNAPSHOT_FRESH)
			continue;
		ASSERT_TRUE(is_whole(&pad));
		__atomic_fetch_add(&reading->pads_seen, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

TEST_F_TIMEOUT(provider, readers_find_a_whole_pad_or_none, 60)
{
	struct sealmem_gamepad *pad = &self->pads[1];
	struct reading reading = { 0 };
	pthread_t thread;
	uint32_t step = 0;

	pad->axis_count = 16;
	consumer_add(&self->provider, &reading.consumer);
	plug(self, 1);
	ASSERT_EQ(pthread_create(&thread, NULL, read_on, &reading), 0);
	while (step < 3000 ||
	       (__atomic_load_n(&reading.pads_seen, __ATOMIC_RELAXED) < 100 &&
		!th_failed())) {
		for (int i = 0; i < 16; i++)
			pad->axes[i] = (float)(step % 9 * (step & 1)) / 8;
		push(self, 1, 0);
		let_go(self, 1, 0);
		if (step % 3 == 0) {
			set_active(self, &reading.consumer, false);
			set_active(self, &reading.consumer, true);
		} else if (step % 7 == 0) {
			unplug(self, 1);
			plug(self, 1);
		}
		self->record.count = 0;
		step++;
	}
	__atomic_store_n(&reading.is_over, true, __ATOMIC_RELEASE);
	pthread_join(thread, NULL);
	consumer_leave(&reading.consumer);
}

/* ---- come and go ----------------------------------------------------- */

#define CROWD 50

/* What the harness counts at the end is counted in between as well. */
static int count_open(void)
{
	char *census = th_census();
	int count = th_count(census, "\nfd ") + th_count(census, "\nmap ");

	free(census);
	return count;
}

/* Each leaves what it has before or after the provider lets go of it. */
static void crowd_round(struct th_self_provider *self, int round)
{
	struct consumer *crowd = calloc(CROWD, sizeof(*crowd));
	uint64_t id;

	ASSERT_NOT_NULL(crowd);
	for (int i = 0; i < CROWD; i++) {
		consumer_add(&self->provider, &crowd[i]);
		EXPECT_EQ(crowd[i].id, round * CROWD + i + 1);
	}
	push(self, 1, (uint32_t)round % 16);
	let_go(self, 1, (uint32_t)round % 16);
	EXPECT_EQ(self->record.count, CROWD);
	self->record.count = 0;
	for (int n = 0; n < CROWD; n++) {
		int i = n * 7 % CROWD;

		EXPECT_EQ(pad_of(&crowd[i], 0).connected, 1);
		if (i % 3 == 0)
			set_active(self, &crowd[i], false);
		id = crowd[i].id;
		if (i % 2 == 0)
			consumer_leave(&crowd[i]);
		ASSERT_OK(sealmem_gamepad_provider_remove_consumer(
			&self->provider, id));
		if (i % 2 == 1) {
			EXPECT_TRUE(is_all_blank(&crowd[i], 4));
			consumer_leave(&crowd[i]);
		}
	}
	free(crowd);
}

TEST_F_TIMEOUT(provider, a_thousand_consumers_leave_nothing_behind, 120)
{
	int before = count_open();

	plug(self, 1);
	for (int round = 0; round < 1000 / CROWD; round++) {
		crowd_round(self, round);
		ASSERT_EQ(count_open(), before);
	}
}

/* ---- against a model ------------------------------------------------- */

#define DEVICES 3
#define BUTTONS 4

/* What one consumer should see, said in another way than the library does. */
struct model {
	bool is_active;
	bool is_open;
	bool is_there[DEVICES];
	uint32_t presses[DEVICES][BUTTONS];
};

static uint32_t draw(uint32_t *seed, uint32_t below)
{
	*seed = *seed * 1664525 + 1013904223;
	return (*seed >> 16) % below;
}

static void model_open(struct model *model)
{
	if (!model->is_active || model->is_open)
		return;
	model->is_open = true;
	memset(model->presses, 0, sizeof(model->presses));
}

static void do_something(struct th_self_provider *self, uint32_t *seed,
			 struct model *model, const struct consumer *consumer)
{
	uint32_t device = draw(seed, DEVICES), button = draw(seed, BUTTONS);
	struct sealmem_gamepad *pad = &self->pads[device];
	uint32_t presses = 1 + draw(seed, 3);

	switch (draw(seed, 8)) {
	case 0:
		if (model->is_there[device])
			unplug(self, device);
		else
			plug(self, device);
		model->is_there[device] = !model->is_there[device];
		memset(model->presses[device], 0,
		       sizeof(model->presses[device]));
		return;
	case 1:
		model->is_active = !model->is_active;
		set_active(self, consumer, model->is_active);
		memset(model->presses, 0, sizeof(model->presses));
		return;
	default:
		if (!model->is_there[device])
			return;
		/* Between two updates: so often pressed and released. */
		pad->buttons[button].press_count += presses;
		update(self, device);
		model_open(model);
		model->presses[device][button] += presses;
	}
}

/* The slot of each device is its number: it is the only one that gets it. */
static void compare(const struct model *model, const struct consumer *consumer,
		    struct th_self_provider *self)
{
	bool sees = model->is_active && model->is_open;

	for (uint32_t slot = 0; slot < 4; slot++) {
		struct sealmem_gamepad pad = pad_of(consumer, slot);
		uint64_t device;

		if (!sees ||
		    sealmem_gamepad_provider_slot_device(&self->provider, slot,
							 &device) < 0) {
			EXPECT_EQ(pad.connected, 0);
			continue;
		}
		ASSERT_EQ(pad.connected, 1);
		EXPECT_STREQ(pad.id, self->pads[device].id);
		for (uint32_t i = 0; i < BUTTONS; i++)
			EXPECT_EQ(pad.buttons[i].press_count,
				  model->presses[device][i]);
	}
	if (!sees)
		EXPECT_TRUE(is_all_blank(consumer, 4));
}

TEST_F_TIMEOUT(provider, no_press_is_lost_or_invented_in_random_events, 120)
{
	for (uint32_t run = 1; run <= 40 && !th_failed(); run++) {
		struct model model = { .is_active = true };
		struct consumer consumer;
		uint32_t seed = run;

		provider_make(self, 0, 0);
		for (uint32_t i = 0; i < DEVICES; i++)
			for (uint32_t k = 0; k < BUTTONS; k++)
				self->pads[i].buttons[k].press_count =
					UINT32_MAX - draw(&seed, 50);
		consumer_add(&self->provider, &consumer);
		for (int step = 0; step < 250 && !th_failed(); step++) {
			do_something(self, &seed, &model, &consumer);
			compare(&model, &consumer, self);
			self->record.count = 0;
		}
		consumer_leave(&consumer);
	}
}

TH_MAIN
