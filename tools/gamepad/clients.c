/* SPDX-License-Identifier: MIT */
/*
 * Clients come, are given a region of their own, and go. What there is not
 * enough of for one of them it waits for in the queue, and nobody else does.
 */
#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tools/gamepad/clients.h"
#include "tools/tool.h"

/* How long nobody is accepted when there was nothing to give to one. */
#define DEAF_US		200000

/* How long the broker has for each request; everybody waits for it. */
#define BROKER_MS	1000

#define COMPLAIN_US	3600000000u

/* Of a connection. Subscribers go by region and number, not number alone. */
#define FIRST_GENERATION	1

/* Since Linux 6.16; these two have numbers of their own. */
#if !defined(SO_PASSRIGHTS) && !defined(__sparc__) && !defined(__hppa__)
#define SO_PASSRIGHTS	83
#endif

/* At most once an hour: whoever causes it again and again fills no log. */
static void complain(struct clients *clients, enum clients_complaint what,
		     const char *text)
{
	uint64_t now_us = tool_now_us(), *said_us = &clients->said_us[what];

	if (*said_us && now_us - *said_us < COMPLAIN_US)
		return;
	*said_us = now_us;
	tool_say("%s", text);
}

/* ---- memory ------------------------------------------------------------- */

static int create_here(struct clients *clients,
		       struct sealmem_readonly_region *ret_region,
		       uint64_t *ret_consumer)
{
	const struct sealmem_options options = {
		.struct_size = sizeof(options),
		.flags = clients->setup.other_users ?
				 SEALMEM_CREATE_OTHER_USERS : 0,
		.name = "sealmem-gamepads",
	};

	return sealmem_gamepad_provider_add_consumer(clients->setup.provider,
						     &options, ret_region,
						     ret_consumer);
}

/* A connection each, since the broker gives so much to each. */
static int create_there(struct clients *clients,
			struct sealmem_readonly_region *ret_region,
			uint64_t *ret_consumer)
{
	struct sealmem_channel channel = { 0 };
	struct sealmem_broker_client client = { 0 };
	struct sealmem_hooks hooks;
	int ret = sealmem_channel_connect(clients->setup.broker, &channel);

	if (ret == 0)
		ret = sealmem_broker_client_init(&channel, BROKER_MS, &client);
	if (ret < 0) {
		sealmem_channel_close(&channel);
		return ret;
	}
	sealmem_broker_client_hooks(&client, &hooks);
	ret = sealmem_hooks_set(&hooks);
	if (ret == 0)
		ret = create_here(clients, ret_region, ret_consumer);
	/* None is never refused. */
	(void)!sealmem_hooks_set(NULL);
	sealmem_broker_client_close(&client);
	return ret;
}

static int create(struct clients *clients,
		  struct sealmem_readonly_region *ret_region,
		  uint64_t *ret_consumer)
{
	return clients->setup.broker ?
		       create_there(clients, ret_region, ret_consumer) :
		       create_here(clients, ret_region, ret_consumer);
}

/* Of a number that the provider just gave. */
static void remove_consumer(struct clients *clients, uint64_t consumer)
{
	(void)!sealmem_gamepad_provider_remove_consumer(
		clients->setup.provider, consumer);
}

/* What would go wrong with every client is better known before the first. */
static int try_memory(struct clients *clients)
{
	struct sealmem_readonly_region region = { 0 };
	uint64_t consumer;
	int ret = create(clients, &region, &consumer);

	if (ret < 0)
		return ret;
	sealmem_readonly_region_close(&region);
	remove_consumer(clients, consumer);
	return 0;
}

/* ---- one client --------------------------------------------------------- */

static bool is_taken(const struct client *client)
{
	return client->clients != NULL;
}

static void leave(struct client *client)
{
	struct clients *clients = client->clients;

	loop_remove(clients->setup.loop, &client->watch);
	rumble_stop(clients->setup.rumble, &client->rumble);
	/* It learns that this was all before it sees the connection end. */
	if (client->consumer)
		remove_consumer(clients, client->consumer);
	sealmem_channel_close(&client->channel);
	*client = (struct client){ 0 };
}

/* What a client did wrong, if it did. */
static void complain_of(struct clients *clients, int ret)
{
	char text[128];

	switch (ret) {
	case -EBADMSG:
		complain(clients, CLIENTS_GARBAGE,
			 "hung up on a client that sent what is no effect");
		break;
	case -EDQUOT:
		snprintf(text, sizeof(text), "hung up on a client that sent "
			 "more than %d messages in a second",
			 RUMBLE_MESSAGES_MAX);
		complain(clients, CLIENTS_FLOOD, text);
		break;
	case -EBUSY:
		snprintf(text, sizeof(text), "a client sent more than %d "
			 "effects in a second: the rest is dropped",
			 RUMBLE_EFFECTS_MAX);
		complain(clients, CLIENTS_SURPLUS, text);
		break;
	}
}

/* One message a turn: others come in between. */
static void hear(struct loop_watch *watch, uint32_t revents)
{
	struct client *client = (struct client *)watch;
	int ret = rumble_hear(client->clients->setup.rumble, &client->rumble,
			      &client->channel);
	bool nothing_wrong = ret == 0 || ret == -EAGAIN || ret == -EINTR ||
			     ret == -EBUSY;

	complain_of(client->clients, ret);
	/* Who is waited for no more would keep its place for ever. */
	if (!nothing_wrong || revents & POLLNVAL)
		leave(client);
}

static int give(struct client *client)
{
	struct sealmem_readonly_region region = { 0 };
	int ret = create(client->clients, &region, &client->consumer);

	if (ret == 0)
		ret = sealmem_channel_send_generation(&client->channel,
						      &region, "gamepads",
						      FIRST_GENERATION);
	sealmem_readonly_region_close(&region);
	return ret;
}

/* A client of the channel that is next, which stays if that fails. */
static int admit(struct clients *clients, struct client *client, uid_t uid)
{
	int ret;

	*client = (struct client){
		.watch = {
			.fd = sealmem_channel_fd(&clients->next),
			.events = POLLIN | POLLRDHUP,
			.ready = hear,
		},
		.clients = clients,
		.channel = clients->next,
		.uid = uid,
	};
	ret = give(client);
	if (ret == 0)
		ret = loop_add(clients->setup.loop, &client->watch);
	if (ret < 0)
		client->channel = (struct sealmem_channel){ 0 };
	else
		clients->next = (struct sealmem_channel){ 0 };
	if (ret < 0)
		leave(client);
	return ret;
}

/* ---- those who come ----------------------------------------------------- */

/* Descriptors are nothing that a client has to send. Older kernels let it. */
static void want_no_descriptors(const struct sealmem_channel *channel)
{
#ifdef SO_PASSRIGHTS
	const int no = 0;

	setsockopt(sealmem_channel_fd(channel), SOL_SOCKET, SO_PASSRIGHTS, &no,
		   sizeof(no));
#else
	(void)channel;
#endif
}

static bool is_gone(const struct sealmem_channel *channel)
{
	struct pollfd polled = {
		.fd = sealmem_channel_fd(channel),
		.events = POLLRDHUP,
	};

	return poll(&polled, 1, 0) == 1;
}

static struct client *find_place(struct clients *clients)
{
	for (uint32_t i = 0; i < clients->setup.max; i++)
		if (!is_taken(&clients->places[i]))
			return &clients->places[i];
	return NULL;
}

/*
 * A user has no more than are left for all others, so that many clients of one
 * keep out none of another. Who may end this process need not take its places.
 */
static bool has_its_share(const struct clients *clients, uid_t uid)
{
	uint32_t theirs = 0, taken = 0;

	if (!clients->setup.other_users || uid == 0 || uid == geteuid())
		return false;
	for (uint32_t i = 0; i < clients->setup.max; i++) {
		taken += is_taken(&clients->places[i]);
		theirs += is_taken(&clients->places[i]) &&
			  clients->places[i].uid == uid;
	}
	return theirs >= clients->setup.max - taken;
}

/* -EUSERS if there is no place, -EPERM if there is none for this user. */
static int admit_next(struct clients *clients)
{
	struct client *place = find_place(clients);
	struct sealmem_peer peer;
	int ret = sealmem_channel_peer(&clients->next, &peer);

	if (ret < 0)
		return ret;
	if (!place)
		return -EUSERS;
	if (has_its_share(clients, peer.uid))
		return -EPERM;
	return admit(clients, place, peer.uid);
}

static void complain_of_newcomer(struct clients *clients, int ret)
{
	char text[128];

	if (ret == -EUSERS) {
		snprintf(text, sizeof(text), "turned a client away: there are "
			 "%u already", (unsigned int)clients->setup.max);
		complain(clients, CLIENTS_FULL, text);
	} else if (ret == -EPERM) {
		complain(clients, CLIENTS_SHARE, "turned a client away: its "
			 "user has as many as are left for all others");
	} else if (ret != -EPIPE && ret != -ECONNRESET) {
		snprintf(text, sizeof(text), "cannot serve a client: %s",
			 strerror(-ret));
		complain(clients, CLIENTS_NO_MEMORY, text);
	}
}

/* What there will be more of, once somebody has left. */
static bool is_shortage(int ret)
{
	return ret == -EMFILE || ret == -ENFILE || ret == -ENOMEM ||
	       ret == -ENOSPC || ret == -EDQUOT || ret == -ENOBUFS ||
	       ret == -ETOOMANYREFS;
}

static void go_deaf(struct clients *clients)
{
	loop_remove(clients->setup.loop, &clients->watch);
	clients->deaf_until_us = tool_now_us() + DEAF_US;
}

/* Makes a client of who is next, or lets it go, or lets it wait. */
static void settle_next(struct clients *clients)
{
	int ret;

	/* Who connects and hangs up in a loop gets no memory made each time. */
	if (is_gone(&clients->next)) {
		sealmem_channel_close(&clients->next);
		return;
	}
	ret = admit_next(clients);
	if (ret == 0)
		return;
	complain_of_newcomer(clients, ret);
	if (is_shortage(ret))
		go_deaf(clients);
	else
		sealmem_channel_close(&clients->next);
}

/* One a turn, so that whoever is served already comes in between. */
static void accept_next(struct loop_watch *watch, uint32_t revents)
{
	struct clients *clients = (struct clients *)((char *)watch -
					offsetof(struct clients, watch));
	char text[128];
	int ret = sealmem_channel_accept(&clients->listener, 0,
					 &clients->next);

	(void)revents;
	if (ret == 0) {
		want_no_descriptors(&clients->next);
		settle_next(clients);
	} else if (ret != -EAGAIN && ret != -EINTR) {
		snprintf(text, sizeof(text), "cannot accept a client: %s",
			 strerror(-ret));
		complain(clients, CLIENTS_NOT_ACCEPTED, text);
		/* It stays in the queue: do not spin on it. */
		go_deaf(clients);
	}
}

/* ---- all clients -------------------------------------------------------- */

void clients_notice(void *data, uint64_t consumer,
		    enum sealmem_gamepad_event event, uint32_t slot,
		    const struct sealmem_gamepad *pad)
{
	struct clients *clients = data;

	(void)pad;
	for (uint32_t i = 0; clients->places && i < clients->setup.max; i++) {
		struct client *client = &clients->places[i];

		if (client->consumer != consumer)
			continue;
		if (event == SEALMEM_GAMEPAD_CONNECTED)
			client->rumble.visible |= 1u << slot;
		else
			client->rumble.visible &= ~(1u << slot);
	}
}

uint64_t clients_due_us(const struct clients *clients)
{
	return clients->deaf_until_us ? clients->deaf_until_us : UINT64_MAX;
}

void clients_step(struct clients *clients)
{
	if (tool_now_us() < clients_due_us(clients))
		return;
	clients->deaf_until_us = 0;
	if (sealmem_channel_fd(&clients->next) >= 0)
		settle_next(clients);
	if (!clients->deaf_until_us &&
	    loop_add(clients->setup.loop, &clients->watch) < 0)
		go_deaf(clients);
}

int clients_open(struct clients *clients, const struct clients_setup *setup,
		 struct sealmem_channel *take_listener)
{
	int ret;

	*clients = (struct clients){
		.setup = *setup,
		.watch = {
			.fd = sealmem_channel_fd(take_listener),
			.events = POLLIN,
			.ready = accept_next,
		},
		.places = calloc(setup->max, sizeof(*clients->places)),
	};
	if (!clients->places)
		return -ENOMEM;
	ret = try_memory(clients);
	if (ret < 0)
		return ret;
	want_no_descriptors(take_listener);
	ret = loop_add(setup->loop, &clients->watch);
	if (ret < 0)
		return ret;
	clients->listener = *take_listener;
	*take_listener = (struct sealmem_channel){ 0 };
	return 0;
}

void clients_close(struct clients *clients)
{
	if (!clients->setup.loop)
		return;
	loop_remove(clients->setup.loop, &clients->watch);
	for (uint32_t i = 0; clients->places && i < clients->setup.max; i++)
		if (is_taken(&clients->places[i]))
			leave(&clients->places[i]);
	sealmem_channel_close(&clients->next);
	sealmem_channel_close(&clients->listener);
	free(clients->places);
	*clients = (struct clients){ 0 };
}
