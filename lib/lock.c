/* SPDX-License-Identifier: MIT */
/* The lock, and what a fork does to it. */
#include "lib/lock.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool is_watching;

void lock_take(void)
{
	pthread_mutex_lock(&lock);
}

void lock_give(void)
{
	pthread_mutex_unlock(&lock);
}

int lock_watch_forks(void (*child)(void))
{
	if (is_watching)
		return 0;
	if (pthread_atfork(lock_take, lock_give, child) != 0)
		return -ENOMEM;
	is_watching = true;
	return 0;
}
