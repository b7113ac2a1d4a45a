/* SPDX-License-Identifier: MIT */
/*
 * Subscribers: receive the newest generation, and connect again when whoever
 * published it is gone.
 */
#include "lib/subscriber.h"

#include <errno.h>
#include <string.h>

#include "lib/deadline.h"
#include "lib/handle.h"
#include "lib/options.h"
#include "lib/rules.h"
#include "sealing/sealing.h"

/* How often to look for a publisher that is not there. */
#define RETRY_MS 20
/* A publisher that publishes without end must not keep us for ever. */
#define SKIPPED_MAX 64

int sealmem_subscriber_fd(const struct sealmem_subscriber *subscriber)
{
	return sealmem_channel_fd(&subscriber->channel);
}

uint64_t
sealmem_subscriber_generation(const struct sealmem_subscriber *subscriber)
{
	return subscriber->generation;
}

static bool has_path(const struct sealmem_subscriber *subscriber)
{
	return subscriber->path[0] != '\0';
}

static bool is_connected(const struct sealmem_subscriber *subscriber)
{
	return sealmem_subscriber_fd(subscriber) >= 0;
}

static void hang_up(struct sealmem_subscriber *subscriber)
{
	sealmem_channel_close(&subscriber->channel);
	subscriber->last_in_connection = 0;
}

struct sealmem_channel *
sealmem_subscriber_channel(struct sealmem_subscriber *subscriber)
{
	return is_connected(subscriber) ? &subscriber->channel : NULL;
}

/* --- beginning and end ---------------------------------------------------- */

int sealmem_subscriber_open(const char *path,
			    const struct sealmem_policy *policy,
			    struct sealmem_subscriber *ret_subscriber)
{
	struct sealmem_subscriber subscriber = { .is_open = true };
	size_t length = strnlen(path, sizeof(subscriber.path));

	if (length == 0 || length == sizeof(subscriber.path))
		return -EINVAL;
	memcpy(subscriber.path, path, length);
	if (policy_read(policy, &subscriber.policy) < 0)
		return -EINVAL;
	*ret_subscriber = subscriber;
	return 0;
}

int sealmem_subscriber_open_channel(struct sealmem_channel *take_channel,
				    const struct sealmem_policy *policy,
				    struct sealmem_subscriber *ret_subscriber)
{
	struct sealmem_subscriber subscriber = { .is_open = true };

	if (sealmem_channel_fd(take_channel) < 0)
		return -EBADF;
	if (policy_read(policy, &subscriber.policy) < 0)
		return -EINVAL;
	subscriber.channel = *take_channel;
	*take_channel = (struct sealmem_channel){ 0 };
	*ret_subscriber = subscriber;
	return 0;
}

void sealmem_subscriber_close(struct sealmem_subscriber *subscriber)
{
	sealmem_channel_close(&subscriber->channel);
	sealmem_readonly_region_close(&subscriber->kept);
	*subscriber = (struct sealmem_subscriber){ 0 };
}

void subscriber_keep(struct sealmem_subscriber *subscriber,
		     struct sealmem_readonly_region *take_region)
{
	subscriber->kept.priv = handle_take(&take_region->priv);
}

/* --- receive -------------------------------------------------------------- */

/* Nobody there yet, or too many before us: worth another try. */
static int connect_again(struct sealmem_subscriber *subscriber)
{
	int ret;

	if (!has_path(subscriber))
		return -ENODATA;
	ret = sealmem_channel_connect(subscriber->path, &subscriber->channel);
	if (ret == -ENOENT || ret == -ECONNREFUSED)
		return -EAGAIN;
	return ret;
}

static bool is_known(const struct sealmem_subscriber *subscriber,
		     const struct sealmem_received_region *received)
{
	return received->generation == subscriber->generation &&
	       sealmem_token_equal(
		       sealmem_readonly_region_token(&received->as.readonly),
		       subscriber->token);
}

static enum sealmem_refusal
check_generation(const struct sealmem_subscriber *subscriber,
		 const struct sealmem_received_region *received)
{
	if (received->kind != SEALMEM_KIND_READONLY)
		return SEALMEM_REFUSAL_KIND;
	if (received->generation <= subscriber->last_in_connection)
		return SEALMEM_REFUSAL_GENERATION;
	return SEALMEM_REFUSAL_NONE;
}

/* What was received becomes ours, or is closed. */
static int take(struct sealmem_subscriber *subscriber,
		struct sealmem_received_region *received,
		struct sealmem_readonly_region *ret_region,
		uint32_t *ret_refusal)
{
	*ret_refusal = check_generation(subscriber, received);
	if (*ret_refusal != SEALMEM_REFUSAL_NONE) {
		sealmem_received_region_close(received);
		return rules_error((enum sealmem_refusal) * ret_refusal);
	}
	subscriber->last_in_connection = received->generation;
	if (is_known(subscriber, received)) {
		sealmem_received_region_close(received);
		return -EAGAIN;
	}
	subscriber->generation = received->generation;
	subscriber->token =
		sealmem_readonly_region_token(&received->as.readonly);
	*ret_region = received->as.readonly;
	return 0;
}

/* What is known already comes once in a connection: generations grow. */
static int receive(struct sealmem_subscriber *subscriber,
		   struct sealmem_readonly_region *ret_region,
		   uint32_t *ret_refusal)
{
	struct sealmem_received_region received = { 0 };
	int ret;

	do {
		ret = sealmem_channel_receive(&subscriber->channel,
					      &subscriber->policy, 0, &received,
					      ret_refusal);
		if (ret < 0)
			return ret;
		ret = take(subscriber, &received, ret_region, ret_refusal);
	} while (ret == -EAGAIN);
	return ret;
}

/* Nothing, for now: the connection is as good as it was. */
static bool is_calm(int ret)
{
	return ret == 0 || ret == -EAGAIN || ret == -EINTR;
}

/* Of several that came since the last call only the newest is of use. */
static int receive_newest(struct sealmem_subscriber *subscriber,
			  struct sealmem_readonly_region *ret_region,
			  uint32_t *ret_refusal)
{
	struct sealmem_readonly_region newest = { 0 }, newer = { 0 };
	uint32_t refusal;
	int ret = receive(subscriber, &newest, ret_refusal);

	if (ret < 0)
		return ret;
	for (int i = 0; i < SKIPPED_MAX; i++) {
		ret = receive(subscriber, &newer, &refusal);
		if (ret < 0)
			break;
		sealmem_readonly_region_close(&newest);
		newest = newer;
	}
	if (!is_calm(ret))
		hang_up(subscriber);
	*ret_region = newest;
	return 0;
}

/* What ends the connection is told, but not that it ended: we connect again. */
static int try_once(struct sealmem_subscriber *subscriber,
		    struct sealmem_readonly_region *ret_region,
		    uint32_t *ret_refusal)
{
	int ret = 0;

	if (!is_connected(subscriber))
		ret = connect_again(subscriber);
	if (ret < 0)
		return ret;
	ret = receive_newest(subscriber, ret_region, ret_refusal);
	if (is_calm(ret))
		return ret;
	hang_up(subscriber);
	if (ret == -ENODATA || ret == -ECONNRESET)
		return has_path(subscriber) ? -EAGAIN : -ENODATA;
	return ret;
}

/* Whatever became of the connection, what is kept was good. */
static int try_or_kept(struct sealmem_subscriber *subscriber,
		       struct sealmem_readonly_region *ret_region,
		       uint32_t *ret_refusal)
{
	int ret = try_once(subscriber, ret_region, ret_refusal);

	if (ret == 0)
		sealmem_readonly_region_close(&subscriber->kept);
	if (ret == 0 || sealmem_readonly_region_is_empty(&subscriber->kept))
		return ret;
	ret_region->priv = handle_take(&subscriber->kept.priv);
	*ret_refusal = SEALMEM_REFUSAL_NONE;
	return 0;
}

/* 0 or -EAGAIN when it is worth another look, -EINTR. */
static int wait(const struct sealmem_subscriber *subscriber, int left_ms)
{
	if (!is_connected(subscriber) && (left_ms < 0 || left_ms > RETRY_MS))
		left_ms = RETRY_MS;
	return sealing_socket_wait(sealmem_subscriber_fd(subscriber), left_ms);
}

int sealmem_subscriber_next(struct sealmem_subscriber *subscriber,
			    int timeout_ms,
			    struct sealmem_readonly_region *ret_region,
			    uint32_t *ret_refusal)
{
	uint64_t deadline = deadline_after(timeout_ms);
	uint32_t refusal = SEALMEM_REFUSAL_NONE;
	int ret;

	if (!subscriber->is_open)
		return -EBADF;
	for (;;) {
		ret = try_or_kept(subscriber, ret_region, &refusal);
		if (ret != -EAGAIN || deadline_left(deadline) == 0)
			break;
		ret = wait(subscriber, deadline_left(deadline));
		if (ret < 0 && ret != -EAGAIN)
			break;
	}
	if (ret_refusal)
		*ret_refusal = refusal;
	return ret;
}
