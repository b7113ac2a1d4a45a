/* SPDX-License-Identifier: MIT */
/*
 * `sealmem gamepad serve`: reads gamepads and publishes them in memory that
 * only this process can write. One loop does it all but wait for motors: clients
 * get regions and then read by themselves, so that none can hold up another.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

#include "tools/gamepad/clients.h"
#include "tools/gamepad/feed.h"
#include "tools/gamepad/privileges.h"
#include "tools/gamepad/rumble.h"
#include "tools/gamepad/serve_source.h"
#include "tools/gamepad/service.h"
#include "tools/signals.h"
#include "tools/socket_file.h"
#include "tools/tool.h"

/**
 * struct server - All that is open
 * @source: Where pads come from
 * @loop: Where all is waited for
 * @provider: Who sees what
 * @feed: From the one to the other
 * @rumble: And back
 * @clients: Who they are
 * @listener: Where they come from, until @clients has it
 * @file: Where they connect to, unless systemd made it
 * @step_us: When the source wants its next step, if it has a period
 * @end_us: When to stop; 0 is never
 * @failed: There is no source any more
 */
struct server {
	struct serve_source source;
	struct loop *loop;
	struct sealmem_gamepad_provider provider;
	struct feed feed;
	struct rumble rumble;
	struct clients clients;
	struct sealmem_channel listener;
	struct socket_file file;
	uint64_t step_us;
	uint64_t end_us;
	bool failed;
};

/* ---- the source --------------------------------------------------------- */

static bool start_source(struct server *server)
{
	const struct source_sink sink = feed_sink(&server->feed);
	struct source *source = &server->source.source;
	int ret = source->start(source, server->loop, &sink);

	if (ret < 0)
		tool_say("cannot wait for %s: %s", source->name,
			 strerror(-ret));
	server->step_us = tool_now_us() + source->period_us;
	return ret == 0;
}

/* Pads that go by other mappings now go and come. */
static bool renew_source(struct server *server,
			 const struct serve_options *options)
{
	struct source *source = &server->source.source;
	struct serve_source renewed = { 0 };

	if (!serve_source_renew(options, &server->source, &renewed)) {
		if (source->rescan)
			source->rescan(source);
		return true;
	}
	feed_forget_all(&server->feed);
	rumble_forget_all(&server->rumble);
	serve_source_close(&server->source);
	server->source = renewed;
	return start_source(server);
}

static void reload(struct server *server, const struct serve_options *options)
{
	service_say_reloading();
	server->failed |= !renew_source(server, options);
	service_say_ready("serving");
}

/* ---- the loop ----------------------------------------------------------- */

static void step_source(struct server *server)
{
	struct source *source = &server->source.source;
	uint64_t now_us = tool_now_us();

	if (!source->period_us || now_us < server->step_us)
		return;
	/* In step with the clock, but without catching up on lost steps. */
	server->step_us += source->period_us;
	if (server->step_us <= now_us)
		server->step_us = now_us + source->period_us;
	source->tick(source);
}

static void earlier(uint64_t *until_us, uint64_t time_us)
{
	if (time_us && time_us < *until_us)
		*until_us = time_us;
}

static uint64_t wait_until(const struct server *server)
{
	uint64_t until_us = clients_due_us(&server->clients);

	if (server->source.source.period_us)
		earlier(&until_us, server->step_us);
	earlier(&until_us, server->end_us);
	return until_us;
}

static int run_once(struct server *server, const struct serve_options *options,
		    const sigset_t *while_waiting)
{
	int ret = loop_run_once(server->loop, wait_until(server),
				while_waiting);

	if (ret < 0 && ret != -EINTR)
		return ret;
	step_source(server);
	clients_step(&server->clients);
	if (signals_take_reload())
		reload(server, options);
	/* Once for all that happened in this turn. */
	sealmem_gamepad_provider_wake(&server->provider);
	return 0;
}

static int run(struct server *server, const struct serve_options *options,
	       const sigset_t *while_waiting)
{
	while (!server->failed && !signals_stopped() &&
	       (!server->end_us || tool_now_us() < server->end_us)) {
		int ret = run_once(server, options, while_waiting);

		if (ret < 0) {
			tool_say("cannot wait: %s", strerror(-ret));
			return TOOL_FAILED;
		}
	}
	return server->failed ? TOOL_FAILED : TOOL_GOOD;
}

/* ---- beginning ---------------------------------------------------------- */

static bool open_listener(struct server *server,
			  const struct serve_options *options)
{
	if (!service_has_listener())
		return socket_file_listen(options->socket,
					  options->other_users,
					  &server->listener, &server->file);
	if (options->socket)
		tool_say("a socket was passed, so --socket is not used");
	return service_take_listener(&server->listener);
}

/* Who may trace this process goes around the seals. */
static void close_memory(const struct serve_options *options)
{
	if (!options->dumpable && prctl(PR_SET_DUMPABLE, 0) < 0)
		tool_say("processes of this user may write to this process's "
			 "memory: %s", strerror(errno));
}

/* The socket has to be where an ordinary user may not put it. */
static bool listen_and_drop(struct server *server,
			    const struct serve_options *options)
{
	struct privileges_user user;

	if (options->user && !privileges_find(options->user, &user))
		return false;
	if (!open_listener(server, options))
		return false;
	privileges_gain_none();
	if (!options->user)
		return true;
	if (server->file.path &&
	    !socket_file_give(&server->file, user.uid, user.gid))
		return false;
	if (!privileges_drop(&user))
		return false;
	/* Another user is another chance for the kernel to say yes. */
	close_memory(options);
	return true;
}

static int open_loop(enum serve_loop which, struct loop **ret_loop)
{
	int ret = -EOPNOTSUPP;

	if (which != SERVE_EPOLL)
		ret = loop_open(LOOP_URING, ret_loop);
	if (ret == -EOPNOTSUPP && which != SERVE_URING)
		ret = loop_open(LOOP_EPOLL, ret_loop);
	if (ret == -EOPNOTSUPP)
		tool_say("io_uring does not work here: leave --loop away");
	else if (ret < 0)
		tool_say("cannot wait: %s", strerror(-ret));
	return ret;
}

static bool create_provider(struct server *server,
			    const struct serve_options *options)
{
	const struct sealmem_gamepad_provider_options wanted = {
		.struct_size = sizeof(wanted),
		.flags = options->provider_flags,
		.pad_count = (uint32_t)options->pads,
		.notice = clients_notice,
		.data = &server->clients,
	};
	int ret = sealmem_gamepad_provider_create(&wanted, &server->provider);

	if (ret < 0)
		tool_say("cannot create pads: %s", strerror(-ret));
	server->feed.provider = &server->provider;
	server->rumble.provider = &server->provider;
	server->rumble.source = &server->source.source;
	return ret == 0;
}

static bool open_clients(struct server *server,
			 const struct serve_options *options)
{
	const struct clients_setup setup = {
		.loop = server->loop,
		.provider = &server->provider,
		.rumble = &server->rumble,
		.broker = options->broker,
		.max = (uint32_t)options->clients,
		.other_users = options->other_users,
	};
	int ret = clients_open(&server->clients, &setup, &server->listener);

	if (ret < 0 && options->broker)
		tool_say("cannot create the buffer through the broker at %s: %s",
			 options->broker, strerror(-ret));
	else if (ret == -EOPNOTSUPP)
		tool_say("this kernel cannot seal live memory: "
			 "`sealmem features` says what is missing");
	else if (ret < 0)
		tool_say("cannot serve clients: %s", strerror(-ret));
	return ret == 0;
}

static bool open_server(struct server *server,
			const struct serve_options *options)
{
	const char *where = options->socket;
	unsigned int count;

	if (!listen_and_drop(server, options) ||
	    open_loop(options->loop, &server->loop) < 0 ||
	    !create_provider(server, options) ||
	    !serve_source_open(options, &server->source) ||
	    !start_source(server) || !open_clients(server, options))
		return false;
	count = feed_pad_count(&server->feed);
	tool_say("serving %u pad%s at %s; source: %s", count,
		 count == 1 ? "" : "s",
		 server->file.path ? where : "the socket that was passed",
		 server->source.source.name);
	if (options->seconds)
		server->end_us = tool_now_us() + options->seconds * 1000000;
	return true;
}

/* ---- end ---------------------------------------------------------------- */

/* Readers learn that this was all before they see the connection end. */
static void close_server(struct server *server)
{
	clients_close(&server->clients);
	sealmem_gamepad_provider_close(&server->provider);
	socket_file_remove(&server->file);
	sealmem_channel_close(&server->listener);
	serve_source_close(&server->source);
	if (server->loop)
		loop_close(server->loop);
}

static int serve(const struct serve_options *options)
{
	static struct server server;
	sigset_t while_waiting;
	int ret = TOOL_FAILED;

	close_memory(options);
	signals_prepare(&while_waiting);
	signals_reload_by_hangup();
	if (open_server(&server, options)) {
		service_say_ready("serving");
		ret = run(&server, options, &while_waiting);
	}
	service_say_stopping();
	close_server(&server);
	return ret;
}

int serve_main(int argc, char **argv)
{
	struct serve_options options;
	int ret = serve_options_parse(argc, argv, &options);

	return ret == TOOL_GO_ON ? serve(&options) : ret;
}
