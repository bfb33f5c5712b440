/* SPDX-License-Identifier: GPL-2.0 */
/*
 * fakeengine SOCKET DIR [REAL]: an engine that says what the test wants. GET /v1.41/containers/web/json
 * is answered with the bytes of DIR/containers_web_json, header and all; an empty file leaves the
 * client waiting, of a pipe it gets what is written to it. Where there is no such file, the engine that
 * listens on REAL is asked, or it is 404.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static const char not_found[] = "HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\n"
				"Content-Length: 27\r\nConnection: close\r\n\r\n"
				"{\"message\":\"no such thing\"}";

/* "GET /v1.41/networks/shop?x=1 HTTP/1.1" becomes "networks_shop". */
static const char *file_name(char *request)
{
	char *path = strchr(request, '/');
	char *slash;

	if (!path)
		return "_";
	path[strcspn(path, " ?\r\n")] = '\0';
	path++;
	slash = strchr(path, '/');
	if (path[0] == 'v' && path[1] == '1' && slash)
		path = slash + 1;
	while ((slash = strchr(path, '/')))
		*slash = '_';
	return path;
}

static int address(const char *path, struct sockaddr_un *out)
{
	*out = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof(out->sun_path))
		return -1;
	strcpy(out->sun_path, path);
	return socket(AF_UNIX, SOCK_STREAM, 0);
}

/* Until there is no more. */
static void pass_on(int from, int to)
{
	char chunk[65536];
	ssize_t len;

	while ((len = read(from, chunk, sizeof(chunk))) > 0)
		if (write(to, chunk, len) != len)
			return;
}

/* One request, one answer: the real one is told to end the connection then. */
static void ask(const char *real, const char *request, int client)
{
	struct sockaddr_un addr;
	int server = address(real, &addr);
	size_t line = strcspn(request, "\n") + 1;

	if (server < 0 || connect(server, (struct sockaddr *)&addr, sizeof(addr)) ||
	    dprintf(server, "%.*sConnection: close\r\n%s", (int)line, request, request + line) < 0)
		return;
	pass_on(server, client);
}

static void answer(int client, int dir, const char *real)
{
	char request[4096] = { 0 }, name[sizeof(request)];
	struct stat st;
	int file;

	if (read(client, request, sizeof(request) - 1) <= 0)
		return;
	strcpy(name, request);
	file = openat(dir, file_name(name), O_RDONLY);
	if (file < 0 || fstat(file, &st)) {
		if (real)
			ask(real, request, client);
		else if (write(client, not_found, sizeof(not_found) - 1) < 0)
			perror("fakeengine: write");
		return;
	}
	if (S_ISREG(st.st_mode) && !st.st_size)
		pause();
	pass_on(file, client);
}

int main(int argc, char **argv)
{
	struct sockaddr_un addr;
	int server = argc == 3 || argc == 4 ? address(argv[1], &addr) : -1;
	int dir;

	if (server < 0)
		return 2;
	dir = open(argv[2], O_RDONLY | O_DIRECTORY);
	if (dir < 0 || bind(server, (struct sockaddr *)&addr, sizeof(addr)) || listen(server, 8)) {
		perror("fakeengine");
		return 1;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGCHLD, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	for (;;) {
		int client = accept(server, NULL, NULL);

		if (!fork()) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			answer(client, dir, argv[3]);
			return 0;
		}
		close(client);
	}
}
