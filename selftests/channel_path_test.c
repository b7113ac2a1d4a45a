/* SPDX-License-Identifier: MIT */
/*
 * Channels that meet at a path: who may, who is told no, and with what word.
 */
#include <sys/socket.h>
#include <sys/un.h>

#include "kinds.h"

#define NOBODY 65534

FIXTURE(path)
{
	char folder[64];
	char path[128];
	struct sealmem_channel listener;
	struct sealmem_channel client;
	struct sealmem_channel server;
};

FIXTURE_SETUP(path)
{
	snprintf(self->folder, sizeof(self->folder),
		 "/tmp/sealmem-path-XXXXXX");
	ASSERT_NOT_NULL(mkdtemp(self->folder));
	ASSERT_SYS(chmod(self->folder, 0755));
	snprintf(self->path, sizeof(self->path), "%s/socket", self->folder);
}

FIXTURE_TEARDOWN(path)
{
	sealmem_channel_close(&self->listener);
	sealmem_channel_close(&self->client);
	sealmem_channel_close(&self->server);
	unlink(self->path);
	ASSERT_SYS(rmdir(self->folder));
}

static int listen_here(struct th_self_path *self)
{
	return sealmem_channel_listen(self->path, 0600, &self->listener);
}

static int connect_here(struct th_self_path *self)
{
	return sealmem_channel_connect(self->path, &self->client);
}

static int accept_now(struct th_self_path *self)
{
	return sealmem_channel_accept(&self->listener, 0, &self->server);
}

/* A frozen region of this size goes from one end to the other. */
static void expect_passage(struct sealmem_channel *from,
			   struct sealmem_channel *to, size_t size)
{
	static const char zeros[64];
	struct sealmem_readonly_region region = { 0 };
	struct sealmem_received_region received = { 0 };

	ASSERT_OK(sealmem_readonly_region_create_from(zeros, size, NULL,
						      &region));
	EXPECT_OK(sealmem_channel_send_readonly(from, &region, NULL));
	EXPECT_OK(sealmem_channel_receive(to, NULL, -1, &received, NULL));
	EXPECT_EQ(sealmem_readonly_region_size(&received.as.readonly), size);
	sealmem_readonly_region_close(&region);
	sealmem_received_region_close(&received);
}

/* ---- they meet ------------------------------------------------------- */

TEST_F(path, listen_connect_accept)
{
	struct stat st;

	EXPECT_OK(listen_here(self));
	EXPECT_OK(connect_here(self));
	EXPECT_OK(accept_now(self));
	expect_passage(&self->client, &self->server, 5);
	expect_passage(&self->server, &self->client, 6);

	EXPECT_EQ(fcntl(sealmem_channel_fd(&self->listener), F_GETFD),
		  FD_CLOEXEC);
	EXPECT_EQ(fcntl(sealmem_channel_fd(&self->client), F_GETFD),
		  FD_CLOEXEC);
	EXPECT_EQ(fcntl(sealmem_channel_fd(&self->server), F_GETFD),
		  FD_CLOEXEC);
	ASSERT_SYS(stat(self->path, &st));
	EXPECT_EQ(st.st_mode, S_IFSOCK | 0600);
}

/* What was asked for, and never more. */
TEST_F(path, mode)
{
	static const struct {
		mode_t mask, mode, wanted;
	} modes[] = {
		{ 0, 0, 0 },	     { 0, 0600, 0600 },	   { 0, 0666, 0666 },
		{ 0, 0777, 0777 },   { 0077, 0666, 0600 }, { 0022, 0666, 0644 },
		{ 0777, 0666, 0000 },
	};
	struct stat st;

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		umask(modes[i].mask);
		ASSERT_OK(sealmem_channel_listen(self->path, modes[i].mode,
						 &self->listener));
		ASSERT_SYS(stat(self->path, &st));
		EXPECT_EQ(st.st_mode, S_IFSOCK | modes[i].wanted);
		sealmem_channel_close(&self->listener);
		ASSERT_SYS(unlink(self->path));
	}
	EXPECT_ERR(EINVAL, sealmem_channel_listen(self->path, 01000,
						  &self->listener));
	EXPECT_ERR(EINVAL, sealmem_channel_listen(self->path, UINT32_MAX,
						  &self->listener));
	EXPECT_ERRNO(ENOENT, access(self->path, F_OK));
}

/* Each its own, in the order in which they came. */
TEST_F(path, several_clients)
{
	struct sealmem_channel clients[3] = { 0 };

	ASSERT_OK(listen_here(self));
	for (int i = 0; i < 3; i++)
		ASSERT_OK(sealmem_channel_connect(self->path, &clients[i]));
	for (int i = 0; i < 3; i++) {
		ASSERT_OK(accept_now(self));
		expect_passage(&clients[i], &self->server, i + 1);
		sealmem_channel_close(&self->server);
	}
	EXPECT_ERR(EAGAIN, accept_now(self));
	for (int i = 0; i < 3; i++)
		sealmem_channel_close(&clients[i]);
}

TEST_F(path, client_in_another_process)
{
	int status;
	pid_t pid;

	ASSERT_OK(listen_here(self));
	pid = fork();
	ASSERT_SYS(pid);
	if (!pid) {
		ASSERT_OK(connect_here(self));
		expect_passage(&self->client, &self->client, 9);
		_exit(0);
	}
	/* Waits for who has yet to come. */
	ASSERT_OK(sealmem_channel_accept(&self->listener, -1, &self->server));
	expect_passage(&self->server, &self->server, 9);
	ASSERT_EQ(waitpid(pid, &status, 0), pid);
	EXPECT_EQ(status, 0);
}

/* What a client has sent is there, even if the client no longer is. */
TEST_F(path, client_that_left)
{
	struct sealmem_received_region received = { 0 };

	ASSERT_OK(listen_here(self));
	ASSERT_OK(connect_here(self));
	sealmem_channel_close(&self->client);
	EXPECT_OK(accept_now(self));
	EXPECT_ERR(ENODATA, sealmem_channel_receive(&self->server, NULL, -1,
						    &received, NULL));
}

/* ---- nobody comes, nobody is there ----------------------------------- */

TEST_F(path, nobody_in_time)
{
	ASSERT_OK(listen_here(self));
	EXPECT_ERR(EAGAIN, accept_now(self));
	EXPECT_ERR(EAGAIN,
		   sealmem_channel_accept(&self->listener, 1, &self->server));
	EXPECT_EQ(sealmem_channel_fd(&self->server), -1);
}

TEST_F(path, listener_closed)
{
	ASSERT_OK(listen_here(self));
	ASSERT_OK(connect_here(self));
	sealmem_channel_close(&self->listener);
	sealmem_channel_close(&self->client);
	/* The file is still there; nobody is behind it. */
	EXPECT_ERR(ECONNREFUSED, connect_here(self));
	EXPECT_ERR(EADDRINUSE, listen_here(self));
	ASSERT_SYS(unlink(self->path));
	EXPECT_ERR(ENOENT, connect_here(self));
	EXPECT_OK(listen_here(self));
}

TEST_F(path, queue_is_full)
{
	struct sealmem_channel clients[64] = { 0 };
	int ret, count = 0;

	ASSERT_OK(listen_here(self));
	while ((ret = sealmem_channel_connect(self->path, &clients[count])) ==
	       0)
		ASSERT_LT(++count, 64);
	EXPECT_EQ(ret, -EAGAIN);
	EXPECT_GT(count, 1);
	EXPECT_EQ(sealmem_channel_fd(&clients[count]), -1);
	/* One is let in, so another one may come. */
	ASSERT_OK(accept_now(self));
	EXPECT_OK(connect_here(self));
	for (int i = 0; i < count; i++)
		sealmem_channel_close(&clients[i]);
}

/* ---- paths ----------------------------------------------------------- */

static void expect_no_path(const char *path, int error)
{
	struct sealmem_channel channel = { 0 };

	EXPECT_EQ(sealmem_channel_listen(path, 0600, &channel), -error);
	EXPECT_EQ(sealmem_channel_connect(path, &channel), -error);
	EXPECT_EQ(sealmem_channel_fd(&channel), -1);
}

TEST(path_length)
{
	char longest[256] = { 0 };

	expect_no_path("", EINVAL);
	memset(longest, 'x', 108);
	expect_no_path(longest, EINVAL);
	memset(longest, 'x', sizeof(longest) - 1);
	expect_no_path(longest, EINVAL);
}

/* 107 bytes are a path. */
TEST_F(path, longest)
{
	size_t used = strlen(self->folder);

	memset(self->path + used, 'x', 107 - used);
	self->path[used] = '/';
	self->path[107] = '\0';
	ASSERT_EQ(strlen(self->path), 107);
	EXPECT_OK(listen_here(self));
	EXPECT_OK(connect_here(self));
	EXPECT_OK(accept_now(self));
	expect_passage(&self->client, &self->server, 1);
	EXPECT_SYS(access(self->path, F_OK));
}

TEST_F(path, folders_that_are_none)
{
	expect_no_path("/nonexistent/folder/socket", ENOENT);
	expect_no_path("/proc/version/socket", ENOTDIR);
	EXPECT_ERR(ENOENT, connect_here(self));
}

/* Raw, and of this type. */
static int listen_raw(const char *path, int type)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	ASSERT_SYS(fd);
	strcpy(address.sun_path, path);
	ASSERT_SYS(bind(fd, (struct sockaddr *)&address, sizeof(address)));
	if (type != SOCK_DGRAM)
		ASSERT_SYS(listen(fd, 1));
	return fd;
}

TEST_F(path, other_sockets)
{
	static const int types[] = { SOCK_STREAM, SOCK_DGRAM };

	for (int i = 0; i < 2; i++) {
		int fd = listen_raw(self->path, types[i]);

		EXPECT_ERR(EPROTOTYPE, connect_here(self));
		EXPECT_ERR(EADDRINUSE, listen_here(self));
		close(fd);
		ASSERT_SYS(unlink(self->path));
	}
}

TEST_F(path, no_socket_at_all)
{
	int fd = open(self->path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);

	ASSERT_SYS(fd);
	close(fd);
	EXPECT_ERR(ECONNREFUSED, connect_here(self));
	EXPECT_ERR(EADDRINUSE, listen_here(self));
}

/* ---- misuse ---------------------------------------------------------- */

TEST_F(path, listener_is_no_connection)
{
	struct sealmem_received_region received = { 0 };
	struct made made[3];

	ASSERT_OK(listen_here(self));
	for (int i = 0; i < 3; i++)
		ASSERT_OK(made_create(&made[i], SEALMEM_KIND_READONLY + i, 1));
	EXPECT_ERR(ENOTCONN,
		   sealmem_channel_send_readonly(&self->listener,
						 &made[0].readonly, NULL));
	EXPECT_ERR(ENOTCONN,
		   sealmem_channel_send_writable(&self->listener,
						 &made[1].writable, NULL));
	EXPECT_ERR(ENOTCONN,
		   sealmem_channel_send_unsafe(&self->listener,
					       &made[2].unsafe, NULL));
	EXPECT_FALSE(sealmem_writable_region_is_empty(&made[1].writable));
	for (int i = 0; i < 3; i++)
		made_close(&made[i]);

	ASSERT_OK(connect_here(self));
	EXPECT_ERR(ENOTCONN, sealmem_channel_receive(&self->listener, NULL, 0,
						     &received, NULL));
	/* That was no message: the client is still there to be let in. */
	EXPECT_OK(accept_now(self));
}

/* It will never be, so there is nothing to wait for. */
TEST_F(path, listener_without_a_client)
{
	struct sealmem_received_region received = { 0 };

	ASSERT_OK(listen_here(self));
	ASSERT_ERR(ENOTCONN, sealmem_channel_receive(&self->listener, NULL, 0,
						     &received, NULL));
	EXPECT_ERR(ENOTCONN, sealmem_channel_receive(&self->listener, NULL, -1,
						     &received, NULL));
}

/* ---- limits ---------------------------------------------------------- */

/* The lowest number that is free. */
static int next_fd(void)
{
	int fd = dup(STDIN_FILENO);

	ASSERT_SYS(fd);
	close(fd);
	return fd;
}

static void limit_files(int count)
{
	struct rlimit limit;

	ASSERT_SYS(getrlimit(RLIMIT_NOFILE, &limit));
	limit.rlim_cur = count;
	ASSERT_SYS(setrlimit(RLIMIT_NOFILE, &limit));
}

TEST_F(path, no_descriptor_left)
{
	struct sealmem_channel pair[2] = { 0 };
	int next;

	ASSERT_OK(listen_here(self));
	ASSERT_OK(connect_here(self));
	next = next_fd();
	limit_files(next);
	EXPECT_ERR(EMFILE, accept_now(self));
	EXPECT_ERR(EMFILE, sealmem_channel_connect(self->path, &pair[0]));
	EXPECT_ERR(EMFILE,
		   sealmem_channel_listen("/tmp/unused", 0600, &pair[0]));
	limit_files(next + 1);
	EXPECT_ERR(EMFILE, sealmem_channel_pair(&pair[0], &pair[1]));
	EXPECT_EQ(sealmem_channel_fd(&pair[0]), -1);
	/* Whoever could not be let in is still waiting. */
	EXPECT_OK(accept_now(self));
	/* LeakSanitizer wants to read files when the case has ended. */
	limit_files(next + 64);
}

/* In a child, which is somebody else from then on. */
static void as_nobody(void (*body)(struct th_self_path *self),
		      struct th_self_path *self)
{
	int status;
	pid_t pid;

	if (geteuid() != 0)
		SKIP("only root can be somebody else");
	pid = fork();
	ASSERT_SYS(pid);
	if (!pid) {
		ASSERT_SYS(setresgid(NOBODY, NOBODY, NOBODY));
		ASSERT_SYS(setresuid(NOBODY, NOBODY, NOBODY));
		body(self);
		_exit(0);
	}
	ASSERT_EQ(waitpid(pid, &status, 0), pid);
	EXPECT_EQ(status, 0);
}

static void expect_no_access(struct th_self_path *self)
{
	EXPECT_ERR(EACCES, connect_here(self));
	strcat(self->path, "2");
	EXPECT_ERR(EACCES, listen_here(self));
}

TEST_F(path, socket_of_somebody_else)
{
	ASSERT_OK(listen_here(self));
	as_nobody(expect_no_access, self);
}

/* The kernel counts what is on its way, per user, against RLIMIT_NOFILE. */
static void send_too_many(struct th_self_path *self)
{
	struct sealmem_writable_region region = { 0 };
	int ret = 0, sent = 0;

	ASSERT_OK(sealmem_channel_pair(&self->client, &self->server));
	for (; ret == 0 && sent < 1000; sent++) {
		ASSERT_OK(sealmem_writable_region_create(1, NULL, &region));
		if (sent == 0)
			limit_files(next_fd() + 4);
		ret = sealmem_channel_send_writable(&self->client, &region,
						    NULL);
	}
	EXPECT_EQ(ret, -ETOOMANYREFS);
	EXPECT_FALSE(sealmem_writable_region_is_empty(&region));
}

TEST_F(path, too_many_on_their_way)
{
	as_nobody(send_too_many, self);
}

TH_MAIN
