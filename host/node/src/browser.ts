// What a bundler for browsers takes instead of this package.

throw new Error("@stytch-host/users needs a project's secret, which must not get into a browser; use it on a server");

export {};
