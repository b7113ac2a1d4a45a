/* SPDX-License-Identifier: MIT */
/*
 * `sealmem gamepad serve` in a process of its own, and this process as a reader
 * that has no more than a connection. The command is that of the build folder
 * $O, or else in PATH. Comes after harness.h.
 */
#ifndef SEALMEM_SELFTESTS_EVDEV_SERVE_H
#define SEALMEM_SELFTESTS_EVDEV_SERVE_H

#include <sealmem/sealmem.h>

#include "uinput_pad.h"

/* A server, a connection to it and what comes of that. */
struct client {
	char folder[32];
	char socket[64];
	pid_t server;
	struct sealmem_channel channel;
	struct sealmem_gamepad_reader reader;
	struct sealmem_gamepad pads[SEALMEM_GAMEPAD_COUNT_MAX];
};

static inline const char *command(void)
{
	static char path[256];
	const char *folder = getenv("O");

	snprintf(path, sizeof(path), "%s%ssealmem", folder ?: "",
		 folder ? "/" : "");
	return path;
}

static inline void need_command(void)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		if (!freopen("/dev/null", "w", stdout))
			_exit(126);
		execlp(command(), "sealmem", "features", (char *)NULL);
		_exit(127);
	}
	ASSERT_SYS(waitpid(pid, &status, 0));
	if (!WIFEXITED(status) || WEXITSTATUS(status) == 127)
		SKIP("no sealmem in PATH");
}

/* As @user, on its way to become `sealmem gamepad serve OPTION...`. */
static inline void become_server(const struct client *client, unsigned int user,
			  const char *const *options)
{
	const char *arguments[16] = { "sealmem", "gamepad", "serve",
				      "--source", "evdev", "--no-gate",
				      "--socket", client->socket };

	for (size_t i = 8; *options; i++)
		arguments[i] = *options++;
	if (setgid(user) < 0 || setuid(user) < 0)
		_exit(126);
	execvp(command(), (char *const *)arguments);
	_exit(127);
}

static inline void connect_to_server(struct client *client)
{
	struct sealmem_readonly_region region = { 0 };
	int ret = -ENOENT;

	for (int ms = 0; ret < 0; ms++) {
		ASSERT_LT(ms, PATIENCE_MS);
		usleep(1000);
		ret = sealmem_channel_connect(client->socket,
					      &client->channel);
	}
	ASSERT_OK(sealmem_channel_receive_readonly(
		&client->channel, NULL, PATIENCE_MS, &region, NULL));
	ASSERT_OK(sealmem_gamepad_reader_attach(&region, &client->reader));
	sealmem_readonly_region_close(&region);
}

/* serve(client, user, "--OPTION"...) */
static inline void serve_with(struct client *client, unsigned int user,
		       const char *const *options)
{
	snprintf(client->folder, sizeof(client->folder), "/tmp/padsXXXXXX");
	ASSERT_NOT_NULL(mkdtemp(client->folder));
	ASSERT_SYS(chown(client->folder, user, user));
	snprintf(client->socket, sizeof(client->socket), "%s/pads",
		 client->folder);
	client->server = fork();
	if (client->server == 0)
		become_server(client, user, options);
	connect_to_server(client);
}

#define serve(client, user, ...)                                             \
	serve_with(client, user, (const char *const[]){ __VA_ARGS__, NULL })

/* What the server ended with. */
static inline int stop(struct client *client, int signal)
{
	int status;

	kill(client->server, signal);
	ASSERT_SYS(waitpid(client->server, &status, 0));
	client->server = 0;
	return status;
}

static inline void leave(struct client *client)
{
	if (client->server)
		stop(client, SIGTERM);
	sealmem_gamepad_reader_close(&client->reader);
	sealmem_channel_close(&client->channel);
	unlink(client->socket);
	rmdir(client->folder);
}

/* Looks at all pads. */
static inline void look(struct client *client)
{
	uint32_t count = sealmem_gamepad_reader_count(&client->reader);

	for (uint32_t i = 0; i < count; i++) {
		int ret = sealmem_gamepad_read(&client->reader, i,
					       &client->pads[i]);

		ASSERT_TRUE(ret == SEALMEM_SNAPSHOT_FRESH ||
			    ret == SEALMEM_SNAPSHOT_UNCHANGED ||
			    ret == SEALMEM_SNAPSHOT_BUSY ||
			    ret == SEALMEM_SNAPSHOT_WRITER_GONE);
	}
}

/* Looks until it is so. */
#define SEES(client, condition)						\
	for (int ms_ = 0; look(client), !(condition); ms_++) {		\
		ASSERT_LT(ms_, PATIENCE_MS);				\
		usleep(1000);						\
	}

#endif
