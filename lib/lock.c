/* SPDX-License-Identifier: MIT */
/* The lock, and what a fork does to it. */
#include "lib/lock.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static void (*in_child)(void);
static bool is_watching;

void lock_take(void)
{
	pthread_mutex_lock(&lock);
}

void lock_give(void)
{
	pthread_mutex_unlock(&lock);
}

static void wake_in_child(void)
{
	if (in_child)
		in_child();
	lock_give();
}

/* When the library is loaded: before anybody can take the lock. */
__attribute__((constructor)) static void watch_forks(void)
{
	is_watching = pthread_atfork(lock_take, lock_give, wake_in_child) == 0;
}

int lock_watch_forks(void (*child)(void))
{
	in_child = child;
	/* There was no memory for it then. */
	if (!is_watching)
		watch_forks();
	return is_watching ? 0 : -ENOMEM;
}
