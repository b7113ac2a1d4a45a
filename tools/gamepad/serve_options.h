/* SPDX-License-Identifier: MIT */
/* What `sealmem gamepad serve` is asked for on its command line. */
#ifndef SEALMEM_TOOLS_SERVE_OPTIONS_H
#define SEALMEM_TOOLS_SERVE_OPTIONS_H

#include "tools/gamepad/source.h"

enum serve_kind { SERVE_AUTO, SERVE_SYNTHETIC, SERVE_EVDEV };

enum serve_loop { SERVE_EPOLL, SERVE_URING, SERVE_ANY_LOOP };

/**
 * struct serve_options - As parsed
 * @socket: Where to listen; NULL: at a socket that systemd passed
 * @broker: Who creates memory; NULL: this process
 * @user: Whom to become; NULL: nobody else
 * @mappings: A file of descriptions of pads; NULL: none
 * @kind: Where pads come from
 * @source: What to open there
 * @loop: How to wait
 * @seconds: When to end; 0: never
 * @pads: Slots
 * @clients: Most clients at a time
 * @provider_flags: For sealmem_gamepad_provider_create()
 * @other_users: All users may connect
 * @dumpable: This process may be traced
 */
struct serve_options {
	const char *socket;
	const char *broker;
	const char *user;
	const char *mappings;
	enum serve_kind kind;
	struct source_options source;
	enum serve_loop loop;
	uint64_t seconds;
	uint64_t pads;
	uint64_t clients;
	uint32_t provider_flags;
	bool other_users;
	bool dumpable;
};

/* TOOL_GO_ON, or what to exit with. */
int serve_options_parse(int argc, char **argv,
			struct serve_options *ret_options);

#endif
