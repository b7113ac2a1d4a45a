/* SPDX-License-Identifier: MIT */
/*
 * From the device's write until a reader that does nothing but look sees it:
 * through the loop, the decoder, the provider and the reader of the library.
 * Who writes is who looks; the provider's thread is on another CPU.
 */
#ifndef BENCH_EVDEV_PRESS_H
#define BENCH_EVDEV_PRESS_H

#include <sealmem/sealmem.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>

#include "evdev_feed.h"
#include "partner.h"

#define PRESSES	7
#define POLL_US	4000

/**
 * struct press - A provider's thread, and who reads from it
 * @kind: How it waits
 * @poll_us: Or how often it reads, ready or not
 * @cpu: Where it runs
 * @feed: Its device
 * @stop: Tells it to end
 * @region: What it publishes in
 * @provider: Its provider
 * @is_ready: All of these are there
 */
struct press {
	enum loop_kind kind;
	uint64_t poll_us;
	int cpu;
	pthread_t thread;
	struct feed feed;
	struct loop_watch stop;
	bool has_stopped;
	struct sealmem_readonly_region region;
	struct sealmem_gamepad_provider provider;
	_Atomic bool is_ready;
};

static inline void press_publish(void *data, const struct sealmem_gamepad *pad)
{
	struct press *press = data;

	BENCH_CHECK(sealmem_gamepad_provider_update(&press->provider, 1, pad) ==
		    0);
}

static inline void press_stop_ready(struct loop_watch *watch, uint32_t revents)
{
	struct press *press = (struct press *)((char *)watch -
					       offsetof(struct press, stop));

	(void)revents;
	press->has_stopped = true;
}

static inline void press_prepare(struct press *press)
{
	const struct sealmem_gamepad_provider_options options = {
		.struct_size = sizeof(options),
		.flags = SEALMEM_GAMEPAD_PROVIDER_NO_GATE,
	};
	uint64_t consumer;

	pin_to(press->cpu);
	prctl(PR_SET_TIMERSLACK, 1);
	feed_open(&press->feed, true);
	press->feed.framed = press_publish;
	press->feed.data = press;
	press->stop = (struct loop_watch){ .fd = eventfd(0, EFD_CLOEXEC),
					   .events = POLLIN,
					   .ready = press_stop_ready };
	BENCH_CHECK(sealmem_gamepad_provider_create(&options,
						    &press->provider) == 0);
	BENCH_CHECK(sealmem_gamepad_provider_add_consumer(
			    &press->provider, NULL, &press->region,
			    &consumer) == 0);
	BENCH_CHECK(sealmem_gamepad_provider_connect(
			    &press->provider, 1, SEALMEM_GAMEPAD_RECOGNISED,
			    &press->feed.pad.state, NULL) == 0);
}

static inline uint64_t press_now_us(void)
{
	return (uint64_t)(bench_now() / 1000);
}

/* Steps of a fixed rate are in step with the clock. */
static inline void press_serve(struct press *press, struct loop *loop)
{
	uint64_t next_us = press_now_us() + press->poll_us;

	while (!press->has_stopped) {
		loop_run_once(loop, press->poll_us ? next_us : UINT64_MAX,
			      NULL);
		if (!press->poll_us || press_now_us() < next_us)
			continue;
		next_us += press->poll_us;
		feed_read(&press->feed);
	}
}

static inline void *press_main(void *data)
{
	struct press *press = data;
	struct loop *loop;

	press_prepare(press);
	BENCH_CHECK(loop_open(press->kind, &loop) == 0);
	BENCH_CHECK(loop_add(loop, &press->stop) == 0);
	if (!press->poll_us)
		BENCH_CHECK(loop_add(loop, &press->feed.watch) == 0);
	atomic_store(&press->is_ready, true);
	press_serve(press, loop);
	loop_remove(loop, &press->feed.watch);
	loop_remove(loop, &press->stop);
	loop_close(loop);
	sealmem_gamepad_provider_close(&press->provider);
	close(press->stop.fd);
	feed_close(&press->feed);
	return NULL;
}

/* Nanoseconds until the stick is seen where it was moved to. */
static inline double press_once(struct press *press,
				struct sealmem_gamepad_reader *reader)
{
	struct sealmem_gamepad pad = { 0 };
	float before = -2;
	double start;

	if (sealmem_gamepad_read(reader, 0, &pad) == SEALMEM_SNAPSHOT_FRESH)
		before = pad.axes[0];
	start = bench_now();
	feed_write(&press->feed);
	while (sealmem_gamepad_read(reader, 0, &pad) !=
		       SEALMEM_SNAPSHOT_FRESH ||
	       pad.axes[0] == before)
		;
	return bench_now() - start;
}

/*
 * A reader sees what a fixed rate brings when it is read; from there each part
 * of the period gets its turn.
 */
static inline void press_pause(unsigned int n)
{
	const struct timespec time = {
		.tv_nsec = (2 * (long)n + 1) * POLL_US * 1000 / (2 * PRESSES),
	};

	nanosleep(&time, NULL);
}

static inline double press_median(struct press *press)
{
	struct sealmem_gamepad_reader reader = { 0 };
	double ns[PRESSES];

	BENCH_CHECK(sealmem_gamepad_reader_attach(&press->region, &reader) == 0);
	for (unsigned int i = 0; i < PRESSES; i++) {
		press_pause(i);
		ns[i] = press_once(press, &reader);
	}
	sealmem_gamepad_reader_close(&reader);
	qsort(ns, PRESSES, sizeof(ns[0]), bench_compare);
	return ns[PRESSES / 2];
}

/* The median of some presses, in nanoseconds. */
static inline double press_measure(enum loop_kind kind, uint64_t poll_us,
				   int cpu)
{
	static struct press press;
	double median;

	press = (struct press){ .kind = kind, .poll_us = poll_us, .cpu = cpu };
	BENCH_CHECK(pthread_create(&press.thread, NULL, press_main, &press) ==
		    0);
	while (!atomic_load(&press.is_ready))
		sched_yield();
	median = press_median(&press);
	BENCH_CHECK(eventfd_write(press.stop.fd, 1) == 0);
	BENCH_CHECK(pthread_join(press.thread, NULL) == 0);
	sealmem_readonly_region_close(&press.region);
	return median;
}

#endif
