/* SPDX-License-Identifier: MIT */
/* A thread for each device that rumbles, which has at most one effect to do. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "tools/gamepad/evdev_effect.h"
#include "tools/gamepad/evdev_shaker.h"

/**
 * struct evdev_shaker - A device's thread, and what it is to do
 * @thread: Plays, stops and closes
 * @lock: For all below
 * @news: Something of it is new
 * @device: Closed by @thread
 * @effect: To be played next, if @is_wanted
 * @is_wanted: It was not begun yet
 * @is_ending: Nothing more comes
 */
struct evdev_shaker {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t news;
	struct evdev_device *device;
	struct sealmem_gamepad_effect effect;
	bool is_wanted;
	bool is_ending;
};

/* ---- the thread --------------------------------------------------------- */

static bool next_effect(struct evdev_shaker *shaker,
			struct sealmem_gamepad_effect *ret_effect)
{
	bool is_ending;

	pthread_mutex_lock(&shaker->lock);
	while (!shaker->is_wanted && !shaker->is_ending)
		pthread_cond_wait(&shaker->news, &shaker->lock);
	*ret_effect = shaker->effect;
	shaker->is_wanted = false;
	is_ending = shaker->is_ending;
	pthread_mutex_unlock(&shaker->lock);
	return !is_ending;
}

/* A motor that cannot is nobody's loss: who asked is not told. */
static void *shake(void *data)
{
	struct evdev_shaker *shaker = data;
	struct sealmem_gamepad_effect effect;
	int fd = evdev_device_fd(shaker->device);
	int slot = -1;

	while (next_effect(shaker, &effect))
		(void)!evdev_effect_play(fd, &slot, &effect);
	evdev_effect_remove(fd, &slot);
	/* What the kernel does of that by itself takes as long. */
	evdev_device_close(shaker->device);
	return NULL;
}

/* Signals are for the thread that waits for them. */
static int start_thread(struct evdev_shaker *shaker)
{
	sigset_t all, before;
	int ret;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	ret = pthread_create(&shaker->thread, NULL, shake, shaker);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -ret;
}

/* ---- its owner ---------------------------------------------------------- */

int evdev_shaker_start(struct evdev_device *device,
		       struct evdev_shaker **ret_shaker)
{
	struct evdev_shaker *shaker = calloc(1, sizeof(*shaker));
	int ret;

	if (!shaker)
		return -ENOMEM;
	shaker->device = device;
	pthread_mutex_init(&shaker->lock, NULL);
	pthread_cond_init(&shaker->news, NULL);
	ret = start_thread(shaker);
	if (ret < 0) {
		free(shaker);
		return ret;
	}
	*ret_shaker = shaker;
	return 0;
}

void evdev_shaker_play(struct evdev_shaker *shaker,
		       const struct sealmem_gamepad_effect *effect)
{
	pthread_mutex_lock(&shaker->lock);
	shaker->effect = *effect;
	shaker->is_wanted = true;
	pthread_cond_signal(&shaker->news);
	pthread_mutex_unlock(&shaker->lock);
}

void evdev_shaker_end(struct evdev_shaker *shaker)
{
	pthread_mutex_lock(&shaker->lock);
	shaker->is_ending = true;
	pthread_cond_signal(&shaker->news);
	pthread_mutex_unlock(&shaker->lock);
}

bool evdev_shaker_is_over(struct evdev_shaker *shaker, unsigned int wait_ms)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += wait_ms / 1000;
	until.tv_nsec += (long)(wait_ms % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	if (pthread_timedjoin_np(shaker->thread, NULL, &until) != 0)
		return false;
	pthread_mutex_destroy(&shaker->lock);
	pthread_cond_destroy(&shaker->news);
	free(shaker);
	return true;
}
