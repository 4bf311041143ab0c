/** Where the API keeps tokens, of every team. */
export const tokensPath = '/api/v2/token';
