//! diesel's synchronous connection over the pure-Rust driver tokio-postgres with rustls: TLS works, and neither libpq
//! nor OpenSSL is needed to build or run. Must be used off the async threads: it waits for its own runtime.

use diesel::{
    ConnectionError, ConnectionResult, QueryResult,
    connection::{
        AnsiTransactionManager, CacheSize, Connection, Instrumentation, LoadConnection, SimpleConnection,
        TransactionManager,
    },
    internal::derives::multiconnection::{ConnectionSealed, MultiConnectionHelper},
    migration::{CREATE_MIGRATIONS_TABLE, MigrationConnection},
    pg::{Pg, PgMetadataLookup, PgTypeMetadata},
    query_builder::{Query, QueryFragment, QueryId},
    sql_types::TypeMetadata,
};
use diesel_async::{
    AsyncPgConnection,
    async_connection_wrapper::{AsyncConnectionWrapper, BlockOn},
};
use rustls::pki_types::{CertificateDer, pem::PemObject};
use std::{
    any::Any,
    error::Error as _,
    future::Future,
    path::Path,
    sync::{Arc, LazyLock},
};
use tokio::runtime::{Builder, Runtime};
use tokio_postgres::{Socket, tls::MakeTlsConnect};

/// One thread that does the network work of all PostgreSQL connections.
#[allow(clippy::expect_used, reason = "a process that cannot start a thread cannot do anything else")]
static IO: LazyLock<Runtime> = LazyLock::new(|| {
    Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .thread_name("pg-io")
        .build()
        .expect("a thread for PostgreSQL")
});

pub struct OnIo;

impl BlockOn for OnIo {
    fn block_on<F: Future>(&self, f: F) -> F::Output {
        IO.handle().block_on(f)
    }
    fn get_runtime() -> Self {
        Self
    }
}

type Inner = AsyncConnectionWrapper<AsyncPgConnection, OnIo>;

pub struct PgConn {
    inner: Inner,
    transaction: AnsiTransactionManager,
}

impl PgConn {
    pub fn connect(url: &str, ca: Option<&Path>) -> ConnectionResult<Self> {
        let bad = |error: anyhow::Error| ConnectionError::BadConnection(format!("{error:#}"));
        let inner = IO.block_on(async {
            let (client, io) = open(url, ca).await.map_err(bad)?;
            AsyncPgConnection::try_from_client_and_connection(client, io).await
        })?;
        Ok(Self { inner: Inner::from(inner), transaction: AnsiTransactionManager::default() })
    }
}

type Tls = tokio_postgres_rustls::MakeRustlsConnect;
type Io = tokio_postgres::Connection<Socket, <Tls as MakeTlsConnect<Socket>>::Stream>;

/// `ca`: a PEM file of certificate authorities to trust besides the public ones.
async fn open(url: &str, ca: Option<&Path>) -> anyhow::Result<(tokio_postgres::Client, Io)> {
    let connector = Tls::new(tls(ca)?);
    tokio_postgres::connect(url, connector).await.map_err(|error| {
        let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
        anyhow::anyhow!("{error}{cause}")
    })
}

/// One statement on a connection of its own, which the caller's runtime drives, without threads in between.
pub struct Prepared {
    client: tokio_postgres::Client,
    statement: tokio_postgres::Statement,
}

impl Prepared {
    pub async fn new(url: &str, ca: Option<&Path>, sql: &str) -> anyhow::Result<Self> {
        let (client, io) = open(url, ca).await?;
        tokio::spawn(io);
        let statement = client.prepare(sql).await?;
        Ok(Self { client, statement })
    }

    /// The first row: a number and a text.
    pub async fn first(&self) -> anyhow::Result<(i64, String)> {
        let row = self.client.query_one(&self.statement, &[]).await?;
        Ok((row.try_get(0)?, row.try_get(1)?))
    }
}

fn tls(ca: Option<&Path>) -> anyhow::Result<rustls::ClientConfig> {
    let mut roots = rustls::RootCertStore::empty();
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    for certificate in ca.map(CertificateDer::pem_file_iter).transpose()?.into_iter().flatten() {
        roots.add(certificate?)?;
    }
    Ok(rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth())
}

impl SimpleConnection for PgConn {
    fn batch_execute(&mut self, query: &str) -> QueryResult<()> {
        self.inner.batch_execute(query)
    }
}

impl ConnectionSealed for PgConn {}

impl Connection for PgConn {
    type Backend = Pg;
    type TransactionManager = AnsiTransactionManager;

    fn establish(url: &str) -> ConnectionResult<Self> {
        Self::connect(url, None)
    }
    fn execute_returning_count<T: QueryFragment<Pg> + QueryId>(&mut self, source: &T) -> QueryResult<usize> {
        self.inner.execute_returning_count(source)
    }
    fn transaction_state(&mut self) -> &mut AnsiTransactionManager {
        &mut self.transaction
    }
    fn instrumentation(&mut self) -> &mut dyn Instrumentation {
        self.inner.instrumentation()
    }
    fn set_instrumentation(&mut self, instrumentation: impl Instrumentation) {
        self.inner.set_instrumentation(instrumentation);
    }
    fn set_prepared_statement_cache_size(&mut self, size: CacheSize) {
        self.inner.set_prepared_statement_cache_size(size);
    }
}

impl LoadConnection for PgConn {
    type Cursor<'conn, 'query> = <Inner as LoadConnection>::Cursor<'conn, 'query>;
    type Row<'conn, 'query> = <Inner as LoadConnection>::Row<'conn, 'query>;

    fn load<'conn, 'query, T>(&'conn mut self, source: T) -> QueryResult<Self::Cursor<'conn, 'query>>
    where
        T: Query + QueryFragment<Pg> + QueryId + 'query,
        Pg: diesel::expression::QueryMetadata<T::SqlType>,
    {
        self.inner.load(source)
    }
}

impl MigrationConnection for PgConn {
    fn setup(&mut self) -> QueryResult<usize> {
        self.batch_execute(CREATE_MIGRATIONS_TABLE).map(|()| 0)
    }
}

impl diesel::r2d2::R2D2Connection for PgConn {
    fn ping(&mut self) -> QueryResult<()> {
        self.batch_execute("SELECT 1")
    }
    fn is_broken(&mut self) -> bool {
        AnsiTransactionManager::is_broken_transaction_manager(self)
    }
}

/// Only built-in column types are used, so a custom one is never looked up.
struct NoLookup;

impl PgMetadataLookup for NoLookup {
    fn lookup_type(&mut self, _: &str, _: Option<&str>) -> PgTypeMetadata {
        PgTypeMetadata::new(0, 0)
    }
    fn as_any<'a>(&mut self) -> &mut (dyn Any + 'a)
    where
        Self: 'a,
    {
        self
    }
}

impl MultiConnectionHelper for PgConn {
    fn to_any<'a>(_: &mut <Pg as TypeMetadata>::MetadataLookup) -> &mut (dyn Any + 'a) {
        // Of size zero: nothing is allocated, so nothing leaks.
        Box::leak(Box::new(NoLookup))
    }
    fn from_any(lookup: &mut dyn Any) -> Option<&mut <Pg as TypeMetadata>::MetadataLookup> {
        lookup.downcast_mut::<NoLookup>().map(|lookup| lookup as _)
    }
}
