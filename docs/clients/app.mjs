// An application that asks Rolecall: PORT=3000 node app.mjs
import express from 'express';

const { ROLECALL_URL, ROLECALL_TOKEN, PORT } = process.env;

// The route is for who has the permission on the resource that the part `id` of the address names.
function requires(permission, id) {
    const [kind, action] = permission.split(':');
    return async (req, res, next) => {
        const user = req.get('Remote-User');
        if (!user) return res.sendStatus(401);
        const answer = await fetch(`${ROLECALL_URL}/access/v1/evaluation`, {
            method: 'POST',
            headers: { 'Authorization': `Bearer ${ROLECALL_TOKEN}`, 'Content-Type': 'application/json' },
            body: JSON.stringify({ subject: { type: 'user', id: user }, action: { name: action }, resource: { type: kind, id: req.params[id] } }),
            signal: AbortSignal.timeout(2000),
        });
        if (!answer.ok) throw new Error(`Rolecall answered ${answer.status}`);
        if ((await answer.json()).decision === true) next();
        else res.sendStatus(403);
    };
}

const app = express();

app.post('/invoices/:invoice/approval', requires('invoices:approve', 'invoice'), (req, res) => {
    res.send(`Invoice ${req.params.invoice} is approved.`);
});

app.use((error, req, res, next) => {
    console.error('Rolecall could not be asked:', error.message);
    res.status(503).send('Try again in a moment.');
});

app.listen(PORT, '127.0.0.1');
